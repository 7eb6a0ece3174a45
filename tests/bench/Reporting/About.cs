using System.Globalization;
using Shimd.Bench.Measuring;
using Shimd.Native;

namespace Shimd.Bench.Reporting;

/// <summary>Where and when the run was, and what took part.</summary>
internal sealed class About
{
    public required string Date { get; init; }

    public required string Machine { get; init; }

    /// <summary>Of the last minute, when the run began; the run's own work is not in it.</summary>
    public required string LoadBefore { get; init; }

    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    public string Took { get; private set; } = "";

    public static About Now(string binary)
    {
        string[] cpu = File.ReadAllLines("/proc/cpuinfo");
        string model = cpu.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor";
        string memory = File.ReadAllLines("/proc/meminfo")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        bool isVersion1 = !File.Exists("/sys/fs/cgroup/cgroup.controllers");
        bool movesFast = File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains("favordynmods", StringComparison.Ordinal));
        return new About
        {
            Date = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            Machine = $"{Environment.ProcessorCount} × {model}, {long.Parse(memory, CultureInfo.InvariantCulture) / 1048576} GiB, "
                + $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, cgroup {(isVersion1 ? "v1" : "v2")}{(movesFast ? " with favordynmods" : "")}",
            LoadBefore = File.ReadAllText("/proc/loadavg").Split(' ')[0],
            Versions = new Dictionary<string, string>
            {
                ["shimd"] = $"{Version(binary, "version")}, {new FileInfo(binary).Length} bytes",
                ["crun"] = Version("crun", "--version"),
                ["runc"] = Version("runc", "--version"),
                ["containerd"] = Version("containerd", "--version"),
                ["conmon"] = Version("conmon", "--version"),
                ["podman"] = Version("podman", "--version"),
            },
        };
    }

    public void Finish(TimeSpan took) => Took = $"{(int)took.TotalMinutes} min {took.Seconds} s";

    private static string Version(string program, string argument)
    {
        string output = Path.GetTempFileName();
        try
        {
            using Command command = Command.Start([program, argument], output);
            _ = command.WaitForEnd();
            return File.ReadLines(output).FirstOrDefault() ?? "unknown";
        }
        catch (Exception exception) when (exception is PeerException or SysException)
        {
            return exception.Message;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
