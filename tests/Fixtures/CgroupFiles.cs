using System.Globalization;

namespace Shimd.Tests.Fixtures;

/// <summary>The files of a process's control groups, where systemd and everybody else mounts them.</summary>
internal static class CgroupFiles
{
    private const string Top = "/sys/fs/cgroup";

    /// <summary>Whether the machine has cgroups of version 1.</summary>
    public static bool IsVersion1 => !File.Exists($"{Top}/cgroup.controllers");

    /// <summary>A file of the process's group in that controller's hierarchy.</summary>
    public static string PathOf(int pid, string controller, string file)
    {
        foreach (string line in ProcFs.CgroupsOf(pid).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (IsVersion1 ? fields[1].Split(',').Contains(controller) : fields[1].Length == 0)
            {
                string hierarchy = !IsVersion1 ? Top : Directory.Exists($"{Top}/{fields[1]}") ? $"{Top}/{fields[1]}" : $"{Top}/{controller}";
                return $"{hierarchy}{fields[2]}/{file}";
            }
        }

        throw new InvalidOperationException($"process {pid} has no group of {controller}: {ProcFs.CgroupsOf(pid)}");
    }

    /// <summary>The processes of the group itself, in order.</summary>
    public static IReadOnlyList<int> ProcessesOf(int pid)
        => [.. File.ReadAllLines(PathOf(pid, "pids", "cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Order()];
}
