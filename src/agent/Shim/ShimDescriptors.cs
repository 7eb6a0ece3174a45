using Shimd.Native;

namespace Shimd.Shim;

/// <summary>What a shim inherits from the agent, by number. The shim owns them from its first moment: there is no window in which
/// it lives but its lock is free or its exit fifo has no writer.</summary>
internal sealed class ShimDescriptors
{
    public const int Ready = 3;
    public const int Control = 4;
    public const int Exit = 5;
    public const int Lock = 6;

    /// <summary>Three descriptors that a client passed, for streams of that kind, and a fourth, its own socket.</summary>
    public const int FirstStdio = 7;

    public Fd ReadyPipe { get; } = Take(Ready);

    public Fd ControlListener { get; } = Take(Control);

    public Fd ExitFifo { get; } = Take(Exit);

    /// <summary>Held, not used: the lock goes with it.</summary>
    public Fd LockFile { get; } = Take(Lock);

    public static Fd TakeStdio(int stream) => Take(FirstStdio + stream);

    public static Fd TakeClient() => Take(FirstStdio + 3);

    private static Fd Take(int number)
    {
        var fd = new Fd(number);
        fd.CloseOnExec().OrThrow($"descriptor {number} was not inherited");
        return fd;
    }
}
