using System.Globalization;
using System.Text;
using Shimd.Native;

namespace Shimd.Tests.Fixtures;

/// <summary>What proc(5) tells of processes and mounts.</summary>
internal static class ProcFs
{
    /// <summary>The pids of all processes that have not ended.</summary>
    public static IEnumerable<int> Pids => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0 && IsAlive(pid));

    /// <summary>Running; false for a zombie, which only waits for its parent.</summary>
    public static bool IsAlive(int pid) => StatFields(pid) is [var state, ..] && state is not ("Z" or "X");

    public static int ParentOf(int pid) => int.Parse(StatFields(pid)![1], CultureInfo.InvariantCulture);

    public static int SessionOf(int pid) => int.Parse(StatFields(pid)![3], CultureInfo.InvariantCulture);

    public static int ThreadsOf(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    /// <summary>How often each thread was switched to, by its own will and not: what changes when it wakes up.</summary>
    public static IReadOnlyList<string> SwitchesOf(int pid) =>
    [
        .. Directory.GetDirectories($"/proc/{pid}/task").Order(StringComparer.Ordinal)
            .Select(task => string.Join(' ', Text($"{task}/status").Split('\n').Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal)))),
    ];

    /// <summary>SigCgt of /proc/PID/status: bit n-1 for each signal n that has a handler.</summary>
    public static ulong CaughtSignals(int pid) => Convert.ToUInt64(StatusOf(pid, "SigCgt"), 16);

    /// <summary>VmHWM, VmRSS, … in kilobytes.</summary>
    public static int KilobytesOf(int pid, string member)
        => int.Parse(StatusOf(pid, member).Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>What a process has to itself and has written to: what it costs the machine.</summary>
    public static int PrivateDirtyKilobytes(int pid) => MemoryKilobytes(pid, "Private_Dirty");

    /// <summary>A line of smaps_rollup: Pss, Private_Dirty, …</summary>
    public static int MemoryKilobytes(int pid, string member)
        => int.Parse(
            Text($"/proc/{pid}/smaps_rollup").Split('\n').Single(line => line.StartsWith($"{member}:", StringComparison.Ordinal))[(member.Length + 1)..^2],
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture);

    /// <summary>Processor time in ticks, 100 a second, of user and system.</summary>
    public static long CpuTicksOf(int pid)
        => StatFields(pid) is { } fields ? long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture) : 0;

    /// <summary>The arguments, with a space after each; empty when it has ended.</summary>
    /// <summary>What read(2) and its like have brought it; splice(2) is not among them.</summary>
    public static long BytesReadBy(int pid) => long.Parse(Text($"/proc/{pid}/io").Split('\n')[0].Split(' ')[1], CultureInfo.InvariantCulture);

    public static string CommandLine(int pid) => Text($"/proc/{pid}/cmdline").Replace('\0', ' ');

    /// <summary>A shim that has nothing to do, and has given its memory back: it has a signalfd, and neither epoll nor timer.</summary>
    public static bool IsResting(int shim)
        => CommandLine(shim).Contains(" rest ", StringComparison.Ordinal) && DescriptorsOf(shim).Count(link => link == "anon_inode") == 1;

    public static void AwaitRest(int shim) => Poll.Until(() => IsResting(shim), "the shim rests");

    public static string CgroupsOf(int pid) => Text($"/proc/{pid}/cgroup");

    /// <summary>Where it stands; with " (deleted)" behind it when that is no more.</summary>
    public static string WorkingDirectory(int pid) => LinkOf($"/proc/{pid}/cwd");

    /// <summary>The file it executes; with " (deleted)" behind it when that is no more.</summary>
    public static string ProgramOf(int pid) => LinkOf($"/proc/{pid}/exe");

    public static IReadOnlyList<int> ChildrenOf(int parent) => [.. Pids.Where(pid => StatFields(pid) is [_, var ppid, ..] && ppid == $"{parent}")];

    /// <summary>What each open descriptor leads to. Sockets and pipes lose their numbers, so that two looks can be compared.</summary>
    public static IReadOnlyList<string> DescriptorsOf(int pid)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Select(LinkOf).Select(link => link.Split(":[")[0]).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The mount points of our mount namespace.</summary>
    public static IEnumerable<string> Mounts => Text("/proc/self/mountinfo")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')[4]);

    private static string StatusOf(int pid, string member)
        => Text($"/proc/{pid}/status").Split('\n').Single(line => line.StartsWith(member + ":", StringComparison.Ordinal))[(member.Length + 1)..].Trim();

    /// <summary>From the state on, which follows the name.</summary>
    private static string[]? StatFields(int pid)
    {
        string stat = Text($"/proc/{pid}/stat");
        return stat.Length == 0 ? null : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static string Text(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? Encoding.UTF8.GetString(read.Value!) : "";
    }

    public static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
