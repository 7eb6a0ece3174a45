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
/// thread before Main runs; so all of <see cref="LoopSignals"/> are blocked before the runtime starts, by EarlyMain. A role
/// without a loop unblocks them in its own thread, where they then do what they do by default.
/// </summary>
internal static unsafe class SignalMask
{
    private const int SigBlock = 0;
    private const int SigUnblock = 1;

    /// <summary>The named list that the loop handles. Never "all": the garbage collector stops threads by a real-time signal.</summary>
    public static ReadOnlySpan<int> LoopSignals =>
    [
        Signal.SIGCHLD, Signal.SIGTERM, Signal.SIGINT, Signal.SIGHUP, Signal.SIGQUIT,
        Signal.SIGUSR1, Signal.SIGUSR2, Signal.SIGWINCH, Signal.SIGPIPE,

        // A log that may not grow any more, by setrlimit(2), is EFBIG, and no reason to die.
        Signal.SIGXFSZ,
    ];

    /// <summary>True when this thread blocks all of <see cref="LoopSignals"/>.</summary>
    public static bool IsBlocked()
    {
        SignalSet current;
        SysResult.FromNumber(Libc.pthread_sigmask(SigBlock, null, &current)).OrThrow("pthread_sigmask");
        return current.ContainsAll(SignalSet.Of(LoopSignals));
    }

    /// <summary>For a thread that reads <see cref="LoopSignals"/> from the kernel: pthread_sigmask(3).</summary>
    public static void Block() => Change(SigBlock);

    /// <summary>For a thread that leaves <see cref="LoopSignals"/> to the kernel: pthread_sigmask(3).</summary>
    public static void Unblock() => Change(SigUnblock);

    private static void Change(int how)
    {
        SignalSet set = SignalSet.Of(LoopSignals);
        SysResult.FromNumber(Libc.pthread_sigmask(how, &set, null)).OrThrow("pthread_sigmask");
    }
}
