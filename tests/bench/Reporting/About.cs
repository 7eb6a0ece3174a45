using System.Globalization;
using System.Text;
using Shimd.Bench.Measuring;
using Shimd.Native;

namespace Shimd.Bench.Reporting;

/// <summary>Where and when the run was, and what took part.</summary>
internal sealed class About
{
    private const int Moves = 9;
    private const int RestMs = 100;

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
        return new About
        {
            Date = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            Machine = $"{Environment.ProcessorCount} × {model}, {long.Parse(memory, CultureInfo.InvariantCulture) / 1048576} GiB, "
                + $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, cgroup {(isVersion1 ? "v1" : "v2")}{MoveTime()}",
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

    /// <summary>What a runtime waits for as well, when all is quiet: ours, to where we are. Empty where that is not to be found out.</summary>
    private static string MoveTime()
    {
        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        string? members = File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).Select(group => $"/sys/fs/cgroup/{group[1]}{group[2]}/cgroup.procs")
            .FirstOrDefault(file => NativeFile.ReadAll(file) is { IsOk: true, Value: { } pids } && Encoding.ASCII.GetString(pids).Split('\n').Contains(pid));
        if (members is null || NativeFile.OpenWrite(members).Value is not { } opened)
        {
            return "";
        }

        using Fd file = opened;
        List<double> times = [];
        for (int i = 0; i < Moves; i++)
        {
            Thread.Sleep(RestMs);
            long begun = Stopclock.Now;
            if (!file.WriteAll("0"u8).IsOk)
            {
                return "";
            }

            times.Add(Stopclock.MillisecondsSince(begun));
        }

        return string.Create(CultureInfo.InvariantCulture, $", where a move between control groups takes {Statistics.Quantile(times, 0.5):0.00} ms");
    }

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
