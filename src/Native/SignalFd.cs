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

    /// <summary>The next pending signal's number, or null when there is none. Never blocks.</summary>
    public int? Take() => Take(out _);

    /// <summary>As the other.</summary>
    /// <param name="sender">signalfd(2), ssi_pid: who sent it; of SIGCHLD, the child.</param>
    public int? Take(out int sender)
    {
        Libc.SignalInfo info;
        SysResult read = Fd.Read(new Span<byte>(&info, sizeof(Libc.SignalInfo)));
        sender = read.IsOk ? (int)info.Pid : 0;
        return read.IsOk ? (int)info.Signal : null;
    }

    public void Dispose() => Fd.Dispose();
}
