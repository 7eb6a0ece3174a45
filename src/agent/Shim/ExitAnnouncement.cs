using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>
/// The agent is told of an exit by a byte in the fifo, and lets go of its end as soon as it has told its clients; until then the shim is still, for what it does next would
/// compete with them for the processors (ADR 0015). The hang-up, which follows, says the same to who has not heard the byte.
/// </summary>
internal static class ExitAnnouncement
{
    /// <param name="loop">The shim's.</param>
    /// <param name="fifo">Its writing end, non-blocking; closed at the end.</param>
    public static async Task MakeAsync(EventLoop loop, Fd fifo)
    {
        // EPIPE: nobody reads, no agent is there.
        if (fifo.WriteAll([0]).IsOk)
        {
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using Watch? reader = loop.TryWatch("exit fifo", fifo, EpollEvents.None, _ => over.TrySetResult()).Value;
            using LoopTimer patience = loop.After(TimeSpan.FromMilliseconds(RestingExit.PatienceMs), () => over.TrySetResult());
            await over.Task;
        }

        fifo.Dispose();
    }
}
