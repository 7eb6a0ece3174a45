using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>sigsetops(3): a set of signals, 1024 bits as in glibc's sigset_t.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal unsafe struct SignalSet
{
    [FieldOffset(0)]
    private ulong _bits;

    /// <summary>sigemptyset(3), sigaddset(3): the set of just these.</summary>
    public static SignalSet Of(ReadOnlySpan<int> signals)
    {
        SignalSet set = default;
        foreach (int signal in signals)
        {
            set._bits |= 1UL << (signal - 1);
        }

        return set;
    }

    /// <summary>All the signals that may be caught; for restoring default dispositions in a child.</summary>
    public static SignalSet AllCatchable()
    {
        SignalSet set = default;
        set._bits = ~((1UL << (Signal.SIGKILL - 1)) | (1UL << 18));
        return set;
    }

    /// <summary>sigismember(3) for each of the other's.</summary>
    public readonly bool ContainsAll(SignalSet other) => (_bits & other._bits) == other._bits;
}

/// <summary>
/// The process's signal mask. signalfd(2) sees a signal only while every thread blocks it, and the .NET runtime starts a
/// thread before Main runs; a mask that is already there at exec is inherited by all of them. So a role that wants
/// signalfd blocks its signals and executes itself once.
/// </summary>
internal static unsafe class SignalMask
{
    private const int SigBlock = 0;

    /// <summary>The named list that the loop handles. Never "all": the garbage collector stops threads by a real-time signal.</summary>
    public static ReadOnlySpan<int> LoopSignals =>
    [
        Signal.SIGCHLD, Signal.SIGTERM, Signal.SIGINT, Signal.SIGHUP, Signal.SIGQUIT,
        Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGWINCH, Signal.SIGPIPE,
    ];

    /// <summary>True when this thread, and so every thread since exec, blocks all of <see cref="LoopSignals"/>.</summary>
    public static bool IsInherited()
    {
        SignalSet current;
        SysResult.FromNumber(Libc.pthread_sigmask(SigBlock, null, &current)).OrThrow("pthread_sigmask");
        return current.ContainsAll(SignalSet.Of(LoopSignals));
    }

    /// <summary>pthread_sigmask(3), then execve(2) of /proc/self/exe with the same arguments and environment: the same pid, with
    /// the mask in place from the first thread on. Returns only when exec failed (ENOENT: no /proc is mounted).</summary>
    public static SysResult BlockAndExecuteSelf(IReadOnlyList<string> arguments)
    {
        SignalSet set = SignalSet.Of(LoopSignals);
        SysResult.FromNumber(Libc.pthread_sigmask(SigBlock, &set, null)).OrThrow("pthread_sigmask");
        return ProcessControl.Execute("/proc/self/exe", arguments, null);
    }
}
