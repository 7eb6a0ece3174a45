using System.Globalization;
using System.Text;
using Shimd.Native;

namespace Shimd.Storage;

/// <summary>What makes a pid mean one process: its start time and the boot it belongs to (proc(5)).</summary>
internal static class ProcessIdentity
{
    // proc(5) counts from 1, and we from the third field on.
    private const int StateField = 3 - 3;
    private const int SessionField = 6 - 3;
    private const int FlagsField = 9 - 3;
    private const int StartTimeField = 22 - 3;
    private const int ExitCodeField = 52 - 3;

    /// <summary>linux/sched.h: PF_EXITING, set before a process's files are closed and its locks are free.</summary>
    private const uint Exiting = 4;

    private static string? s_bootId;

    /// <summary>/proc/sys/kernel/random/boot_id: another value after each boot. Empty where /proc does not tell.</summary>
    public static string BootId()
    {
        s_bootId ??= NativeFile.ReadAll("/proc/sys/kernel/random/boot_id").Value is { } read ? Encoding.ASCII.GetString(read).Trim() : null;
        return s_bootId ?? "";
    }

    /// <summary>Field 22 of /proc/PID/stat, or null when there is no such process.</summary>
    public static ulong? StartTicks(int pid)
        => FieldsOf(pid) is { } fields ? ulong.Parse(fields[StartTimeField], CultureInfo.InvariantCulture) : null;

    /// <summary>The processes of a session whose leader has ended, or is about to. The kernel gives its number to nobody as long as one is left; where it
    /// names a living process, that is another one, and the answer is empty.</summary>
    public static List<int> LeftInSession(int leader)
    {
        List<int> left = [];
        if (FieldsOf(leader) is { } fields && fields[StateField] != "Z" && (uint.Parse(fields[FlagsField], CultureInfo.InvariantCulture) & Exiting) == 0)
        {
            return left;
        }

        foreach (string path in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid) && pid != leader && IsIn(leader, pid))
            {
                left.Add(pid);
            }
        }

        return left;
    }

    /// <summary>Whether the process belongs to the session.</summary>
    public static bool IsIn(int session, int pid)
        => FieldsOf(pid) is { } fields && fields[SessionField] == session.ToString(CultureInfo.InvariantCulture);

    /// <summary>How the recorded process ended, while it waits as a zombie for its parent: field 52 of /proc/PID/stat, as wait(2) reports
    /// it. Null when it runs, has been reaped, or the kernel hides it from us.</summary>
    public static int? ZombieStatus(RunningRecord running)
    {
        string[]? fields = FieldsOf(running.Pid);
        return fields is not null
            && fields[StateField] == "Z"
            && fields[StartTimeField] == running.StartTicks.ToString(CultureInfo.InvariantCulture)
            && NativeFile.EffectiveUid() == 0
            ? int.Parse(fields[ExitCodeField], CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>True when the recorded process is still the one with that pid (running or a zombie).</summary>
    public static bool IsAlive(RunningRecord running, string bootId)
        => running.BootId == bootId && StartTicks(running.Pid) == running.StartTicks;

    private static string[]? FieldsOf(int pid)
    {
        SysResult<byte[]> read = NativeFile.ReadAll($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        if (!read.IsOk)
        {
            return null;
        }

        // The command in parentheses may hold anything, parentheses too: count from the last one.
        string stat = Encoding.UTF8.GetString(read.Value!);
        return stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ');
    }
}
