using Shimd.Loop;

namespace Shimd.Tests.Fixtures;

/// <summary>Runs a test's body on an event loop, on the calling thread.</summary>
internal static class OnLoop
{
    /// <summary>Throws what the body throws, and <see cref="TimeoutException"/> when it does not come to its end. A handler of the loop
    /// must not throw, for that ends the process: note what it saw, and assert in the body.</summary>
    public static void Run(Func<EventLoop, Task> body)
    {
        using var loop = new EventLoop();
        loop.Run(async () =>
        {
            var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using LoopTimer deadline = loop.After(
                TimeSpan.FromMilliseconds(Ready.DeadlineMs), () => late.TrySetException(new TimeoutException("the test did not come to its end")));
            await await Task.WhenAny(body(loop), late.Task);
            return true;
        });
    }

    /// <summary>Returns after the loop has polled its descriptors at least once.</summary>
    public static async Task TurnAsync()
    {
        await Task.Yield();
        await Task.Yield();
    }
}
