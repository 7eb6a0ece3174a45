using Shimd.Early;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>What a shim inherits from the agent, by number. The shim owns them from its first moment: there is no window in which
/// it lives but its lock is free or its exit fifo has no writer.</summary>
/// <param name="before">What it knew when it went to rest, if it has.</param>
internal sealed class ShimDescriptors(RestState? before)
{
    public const int Ready = 3;
    public const int Control = 4;
    public const int Exit = 5;
    public const int Lock = StartingShim.Lock;

    /// <summary>Three descriptors that a client passed, for streams of that kind, and a fourth, its own socket.</summary>
    public const int FirstStdio = StartingShim.FirstStdio;

    /// <summary>A sealed copy of the runtime's program.</summary>
    public const int Program = StartingShim.Program;

    /// <summary>Null for a shim that has rested: it has reported its start.</summary>
    public Fd? ReadyPipe { get; } = before is null ? Take(Ready) : null;

    public Fd ControlListener { get; } = Take(Control);

    /// <summary>Null once the exit has been announced.</summary>
    public Fd? ExitFifo { get; } = before is { IsAnnounced: true } ? null : Take(Exit);

    /// <summary>Held, not used: the lock goes with it.</summary>
    public Fd LockFile { get; } = Take(Lock);

    /// <summary>Null where the agent has none, and for a shim that has rested: it does not keep memory for a call that may be far off.</summary>
    public Fd? RuntimeProgram { get; } = before is null ? TakeProgram() : null;

    /// <summary>With what this program has unpacked at its start; −1 for none. It is needed again after a rest.</summary>
    public int Image { get; } = FindImage();

    public static Fd TakeStdio(int stream) => Take(FirstStdio + stream);

    public static Fd TakeClient() => Take(FirstStdio + 3);

    /// <summary>What another image of this process has left open; null for −1.</summary>
    public static Fd? TakeIfAny(int number) => number < 0 ? null : Take(number);

    private static int FindImage()
    {
        using var image = new Fd(EarlyLibc.ImageDescriptor, owned: false);
        return NativeFile.IsSealed(image) && image.CloseOnExec().IsOk ? EarlyLibc.ImageDescriptor : -1;
    }

    private static Fd? TakeProgram()
    {
        var fd = new Fd(Program);
        if (NativeFile.IsSealed(fd))
        {
            fd.CloseOnExec().OrThrow("fcntl F_SETFD");
            return fd;
        }

        // Not inherited, and so anybody's.
        fd.SetHandleAsInvalid();
        return null;
    }

    private static Fd Take(int number)
    {
        var fd = new Fd(number);
        fd.CloseOnExec().OrThrow($"descriptor {number} was not inherited");
        return fd;
    }
}
