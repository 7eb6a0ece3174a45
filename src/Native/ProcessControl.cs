namespace Shimd.Native;

/// <summary>How a child ended, from waitid(2).</summary>
internal readonly record struct WaitStatus(int ExitCode, int Signal, bool CoreDumped)
{
    /// <summary>0–255; 128 + signal when signalled, as shells count.</summary>
    public int Code => Signal == 0 ? ExitCode : 128 + Signal;

    /// <summary>From wait(2)'s form: the exit code in the second byte; the signal and the core flag in the first.</summary>
    public static WaitStatus Of(int status)
    {
        int signal = status & 0x7f;
        return new WaitStatus(signal == 0 ? (status >> 8) & 0xff : 0, signal, (status & 0x80) != 0);
    }
}

/// <summary>Calls on processes.</summary>
internal static unsafe class ProcessControl
{
    /// <summary>kill(2); a negative pid means the process group. Errors: ESRCH, EPERM, EINVAL.</summary>
    public static SysResult Kill(int pid, int signal) => SysResult.From(Libc.kill(pid, signal));

    /// <summary>prctl(2) PR_SET_CHILD_SUBREAPER: descendants whose parent ends become our children. Kept over exec, not over fork.</summary>
    public static SysResult BecomeSubreaper() => SysResult.From(Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));

    /// <summary>sched_setscheduler(2) SCHED_FIFO, SCHED_RESET_ON_FORK: a process that is woken before whatever else wants its processor, and
    /// whose children are as ours would be. Errors: EPERM (no CAP_SYS_NICE, a cgroup without real time), EINVAL (we are not of the usual
    /// policy and niceness ourselves, and the reset would give its children more than ours have), ESRCH.</summary>
    public static SysResult PutAheadOfItsChildren(int pid)
    {
        int lowest = 1;
        return Libc.sched_getscheduler(0) == Libc.SCHED_OTHER && Libc.getpriority(Libc.PRIO_PROCESS, 0) == 0
            ? SysResult.From(Libc.sched_setscheduler(pid, Libc.SCHED_FIFO | Libc.SCHED_RESET_ON_FORK, &lowest))
            : SysResult.Fail(Errno.EINVAL);
    }

    /// <summary>prctl(2) PR_SET_NAME: what ps shows as comm, at most 15 bytes.</summary>
    public static void SetName(string name)
    {
        using var native = new NativeStrings([name]);
        _ = Libc.prctl(Libc.PR_SET_NAME, (nuint)native.Pointer[0], 0, 0, 0);
    }

    /// <summary>execve(2); <paramref name="environment"/> null keeps ours. Returns only on failure: ENOENT, EACCES, E2BIG, ENOEXEC.</summary>
    public static SysResult Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<string>? environment)
    {
        using var pathBytes = new NativeStrings([path]);
        using var argumentBytes = new NativeStrings(arguments);
        using var environmentBytes = new NativeStrings(environment ?? Spawn.CurrentEnvironment());
        return SysResult.From(Libc.execve(pathBytes.Pointer[0], argumentBytes.Pointer, environmentBytes.Pointer));
    }

    /// <summary>waitid(2) WNOHANG on one child: its status, or null while it runs. Errors: ECHILD (not ours, or already reaped).</summary>
    public static SysResult TryReap(int pid, out WaitStatus? status) => Wait(Libc.P_PID, pid, Libc.WNOHANG, out _, out status);

    /// <summary>waitid(2) WNOHANG|WNOWAIT: true when the pid is a child of ours, running or a zombie.</summary>
    public static bool IsChild(int pid) => Wait(Libc.P_PID, pid, Libc.WNOHANG | Libc.WNOWAIT, out _, out _).IsOk;

    /// <summary>waitid(2) WNOHANG|WNOWAIT on any child: the pid of one that has ended and is left to be reaped, or 0. Errors: ECHILD.</summary>
    public static SysResult PeekAny(out int pid) => Wait(Libc.P_ALL, 0, Libc.WNOHANG | Libc.WNOWAIT, out pid, out _);

    private static SysResult Wait(int idType, int id, int options, out int pid, out WaitStatus? status)
    {
        Libc.ChildInfo info = default;
        SysResult result;
        do
        {
            result = SysResult.From(Libc.waitid(idType, id, &info, Libc.WEXITED | options));
        }
        while (result.Error == Errno.EINTR);
        pid = info.Pid;
        status = result.IsOk && info.Pid != 0
            ? new WaitStatus(
                info.Code == Libc.CLD_EXITED ? info.Status : 0,
                info.Code == Libc.CLD_EXITED ? 0 : info.Status,
                info.Code == Libc.CLD_DUMPED)
            : null;
        return result;
    }
}
