namespace Shimd.Native;

/// <summary>pidfd_open(2): a reference to one process that can never come to mean another. Owns its descriptor.</summary>
internal sealed unsafe class PidFd : IDisposable
{
    private PidFd(Fd fd) => Fd = fd;

    /// <summary>Readable once the process has ended (also as a zombie).</summary>
    public Fd Fd { get; }

    /// <summary>Errors: ESRCH, EMFILE, ENOSYS (before Linux 5.3).</summary>
    public static SysResult<PidFd> Open(int pid)
    {
        SysResult<Fd> fd = Fd.From(Libc.pidfd_open(pid, 0));
        return fd.IsOk ? SysResult<PidFd>.Of(new PidFd(fd.Value!)) : SysResult<PidFd>.Fail(fd.Error);
    }

    /// <summary>pidfd_send_signal(2). Errors: ESRCH, EPERM, EINVAL.</summary>
    public SysResult Send(int signal) => SysResult.From(Libc.pidfd_send_signal(Fd, signal, null, 0));

    /// <summary>ioctl(2) PIDFD_GET_INFO with PIDFD_INFO_EXIT: how the process ended, also for one who is not its parent, once the parent
    /// has reaped it. Null before that, and before Linux 6.15.</summary>
    public WaitStatus? ExitStatus()
    {
        var info = new Libc.PidFdInfo { Mask = Libc.PIDFD_INFO_EXIT };
        bool known = Libc.ioctl(Fd, Libc.PIDFD_GET_INFO, &info) == 0 && (info.Mask & Libc.PIDFD_INFO_EXIT) != 0;
        return known ? WaitStatus.Of(info.ExitCode) : null;
    }

    public void Dispose() => Fd.Dispose();
}
