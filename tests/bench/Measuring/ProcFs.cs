using System.Globalization;
using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>What proc(5) tells of a process.</summary>
internal static class ProcFs
{
    public static IEnumerable<int> Pids => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0);

    public static bool IsAlive(int pid) => StatFields(pid) is [var state, ..] && state is not ("Z" or "X");

    public static IEnumerable<int> ChildrenOf(int parent) => Pids.Where(pid => StatFields(pid) is [_, var ppid, ..] && ppid == $"{parent}");

    public static string CommandLine(int pid) => Text($"/proc/{pid}/cmdline").Replace('\0', ' ');

    public static int ThreadsOf(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    /// <summary>A member of smaps_rollup in KB: Pss, Private_Dirty, Rss.</summary>
    public static double MemoryOf(int pid, string member)
    {
        string[] lines = Text($"/proc/{pid}/smaps_rollup").Split('\n');
        string line = Array.Find(lines, line => line.StartsWith(member + ":", StringComparison.Ordinal))
            ?? throw new PeerException($"process {pid} has gone");
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>What its threads had of processors so far, in seconds; null when it has gone.</summary>
    public static double? ProcessorSeconds(int pid)
    {
        string stat = Text($"/proc/{pid}/schedstat");
        return stat.Length == 0 ? null : TasksOf(pid).Sum(task => long.Parse(task, CultureInfo.InvariantCulture)) / 1e9;
    }

    private static IEnumerable<string> TasksOf(int pid)
        => Directory.Exists($"/proc/{pid}/task")
            ? Directory.GetDirectories($"/proc/{pid}/task").Select(task => Text($"{task}/schedstat")).Where(text => text.Length > 0).Select(text => text.Split(' ')[0])
            : [];

    /// <summary>From the state on, which follows the name.</summary>
    private static string[]? StatFields(int pid)
    {
        string stat = Text($"/proc/{pid}/stat");
        return stat.Length == 0 ? null : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static string Text(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? System.Text.Encoding.UTF8.GetString(read.Value!) : "";
    }
}
