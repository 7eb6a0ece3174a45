using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>
/// The agent is told of an exit by a byte in the fifo, and lets go of its end when clients have had a moment for it; until then the shim is still, for its clean-up would compete
/// with them for the processors (ADR 0015). The hang-up, which follows, says the same to who has not heard the byte.
/// </summary>
internal static class ExitAnnouncement
{
    /// <param name="fifo">Its writing end, non-blocking.</param>
    public static void Make(Fd fifo) => _ = fifo.WriteAll([0]); // EPIPE: no agent is there.

    /// <summary>Ends when nobody reads the fifo, and closes it.</summary>
    public static async Task WaitAsync(EventLoop loop, Fd fifo)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (Watch? reader = loop.TryWatch("exit fifo", fifo, EpollEvents.None, _ => over.TrySetResult()).Value)
        using (loop.After(TimeSpan.FromMilliseconds(RestingExit.PatienceMs), () => over.TrySetResult()))
        {
            // ENOSPC: too many watches for this user; then there is no telling.
            await (reader is null ? Task.CompletedTask : over.Task);
        }

        fifo.Dispose();
    }
}
