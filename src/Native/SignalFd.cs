namespace Shimd.Native;

/// <summary>signalfd(2): blocked signals as a readable descriptor. Owns it.</summary>
internal sealed unsafe class SignalFd : IDisposable
{
    public SignalFd(ReadOnlySpan<int> signals)
    {
        SignalSet set = SignalSet.Of(signals);
        Fd = Fd.From(Libc.signalfd(-1, &set, Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK)).OrThrow("signalfd");
    }

    public Fd Fd { get; }

    /// <summary>Who sent the signal that was taken last; of SIGCHLD, the child.</summary>
    public int Sender { get; private set; }

    /// <summary>The next pending signal's number, or null when there is none. Never blocks.</summary>
    public int? Take()
    {
        Libc.SignalInfo info;
        SysResult read = Fd.Read(new Span<byte>(&info, sizeof(Libc.SignalInfo)));
        if (!read.IsOk)
        {
            return null;
        }

        Sender = (int)info.Pid;
        return (int)info.Signal;
    }

    public void Dispose() => Fd.Dispose();
}
