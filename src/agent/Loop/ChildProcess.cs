using Shimd.Native;

namespace Shimd.Loop;

/// <summary>How a child ended, and what it said on stdout and stderr (each cut at the cap).</summary>
internal sealed record ChildResult(WaitStatus Status, byte[] Output, byte[] ErrorOutput, bool TimedOut);

/// <summary>A short-lived child on the loop, with a deadline and captured output.</summary>
internal static class ChildProcess
{
    /// <summary>What is kept of each stream; the rest is read and dropped, so that the child never blocks on us.</summary>
    public const int OutputCapBytes = 64 * 1024;

    /// <summary>Spawns in a process group of its own, waits, and kills the group at the deadline. <paramref name="request"/>'s first
    /// three descriptors that are null become /dev/null (stdin) and captured pipes (stdout, stderr).</summary>
    /// <exception cref="SysException">The program could not be started: ENOENT, EACCES, ENOEXEC, ENOMEM, EMFILE.</exception>
    public static async Task<ChildResult> RunAsync(EventLoop loop, Reaper reaper, SpawnRequest request, TimeSpan deadline)
    {
        var descriptors = new List<Fd?>(request.Descriptors);
        while (descriptors.Count < 3)
        {
            descriptors.Add(null);
        }

        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        descriptors[0] ??= nothing;
        using OutputCapture? output = descriptors[1] is null ? new OutputCapture(loop, OutputCapBytes) : null;
        using OutputCapture? errors = descriptors[2] is null ? new OutputCapture(loop, OutputCapBytes) : null;
        descriptors[1] ??= output!.ChildEnd;
        descriptors[2] ??= errors!.ChildEnd;
        SysResult started = Spawn.Start(request with { Descriptors = descriptors, NewProcessGroup = true });
        int pid = (int)started.OrThrow($"cannot start {request.Path}");
        output?.CloseChildEnd();
        errors?.CloseChildEnd();

        (WaitStatus status, bool timedOut) = await WaitAsync(loop, reaper, pid, deadline);
        return new ChildResult(status, output?.Finish() ?? [], errors?.Finish() ?? [], timedOut);
    }

    /// <summary>Waits for one that leads a process group, and kills the group at the deadline.</summary>
    public static async Task<(WaitStatus Status, bool TimedOut)> WaitAsync(EventLoop loop, Reaper reaper, int pid, TimeSpan deadline)
    {
        bool timedOut = false;
        Task<WaitStatus> ended = reaper.Expect(pid);
        using LoopTimer timer = loop.After(deadline, () =>
        {
            if (!ended.IsCompleted)
            {
                timedOut = true;
                _ = ProcessControl.Kill(-pid, Signal.SIGKILL);
            }
        });
        return (await ended, timedOut);
    }
}
