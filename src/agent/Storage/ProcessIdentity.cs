using System.Globalization;
using System.Text;
using Shimd.Native;

namespace Shimd.Storage;

/// <summary>What makes a pid mean one process: its start time and the boot it belongs to (proc(5)).</summary>
internal static class ProcessIdentity
{
    /// <summary>/proc/sys/kernel/random/boot_id: another value after each boot. Empty where /proc does not tell.</summary>
    public static string BootId()
    {
        SysResult<byte[]> read = NativeFile.ReadAll("/proc/sys/kernel/random/boot_id");
        return read.IsOk ? Encoding.ASCII.GetString(read.Value!).Trim() : "";
    }

    /// <summary>Field 22 of /proc/PID/stat, or null when there is no such process.</summary>
    public static ulong? StartTicks(int pid)
    {
        SysResult<byte[]> read = NativeFile.ReadAll($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        if (!read.IsOk)
        {
            return null;
        }

        // The command in parentheses may hold anything, parentheses too: count from the last one.
        string stat = Encoding.UTF8.GetString(read.Value!);
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return ulong.Parse(fields[19], CultureInfo.InvariantCulture);
    }

    /// <summary>True when the recorded process is still the one with that pid (running or a zombie).</summary>
    public static bool IsAlive(RunningRecord running, string bootId)
        => running.BootId == bootId && StartTicks(running.Pid) == running.StartTicks;
}
