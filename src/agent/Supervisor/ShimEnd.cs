using System.Diagnostics;
using System.Globalization;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Whether a process's shim is still there. Its lock tells, where it is no child of ours, and nothing else: a pid may be anybody's.</summary>
internal static class ShimEnd
{
    /// <summary>For a call of the runtime that is left alone: one that is killed in its midst leaves what its delete does not know of, such as a control group.</summary>
    private static readonly TimeSpan s_calling = TimeSpan.FromSeconds(1);

    /// <summary>More often than anything that is killed can have started something else.</summary>
    private const int MaxLooks = 8;

    /// <summary>What was killed ends at once, unless the kernel itself hangs.</summary>
    private static readonly TimeSpan s_killed = TimeSpan.FromSeconds(5);

    /// <summary>A shim that has nothing more to do than to end.</summary>
    private static readonly TimeSpan s_ending = TimeSpan.FromSeconds(30);

    /// <summary>True when no shim holds the directory.</summary>
    public static bool HasEnded(ProcessDirectory directory)
    {
        SysResult<FileLock> taken = FileLock.TryTake(directory.Lock);
        taken.Value?.Dispose();

        // Only a lock that we got, or that is not there, says so: our own trouble (EMFILE) says nothing of the shim.
        return taken.IsOk || taken.Error == Errno.ENOENT;
    }

    /// <summary>Waits until what a shim that was killed had called of the runtime has ended, and ends it if need be: it would go on,
    /// and make what nobody knows of. The shim may be about to end: its connections close a moment before its lock is free.</summary>
    public static async Task EndSessionAsync(EventLoop loop, SupervisedProcess process)
    {
        await WaitAsync(loop, process, s_ending);
        ProcessDirectory directory = process.Directory;
        if (!HasEnded(directory) || ShimOf(directory) is not { } shim)
        {
            return;
        }

        long before = Stopwatch.GetTimestamp();
        List<int> left = ProcessIdentity.LeftInSession(shim);
        for (int look = 0; left.Count > 0 && look < MaxLooks; look++)
        {
            foreach (int pid in left)
            {
                await EndAsync(loop, shim, pid, s_calling - Stopwatch.GetElapsedTime(before));
            }

            // It may have started a hook, say, meanwhile.
            left = ProcessIdentity.LeftInSession(shim);
        }
    }

    private static async Task EndAsync(EventLoop loop, int shim, int pid, TimeSpan patience)
    {
        using PidFd? pidFd = PidFd.Open(pid).Value;
        if (pidFd is not null
            && ProcessIdentity.IsIn(shim, pid)
            && !await EndsWithinAsync(loop, pidFd, patience)
            && pidFd.Send(Signal.SIGKILL).IsOk)
        {
            _ = await EndsWithinAsync(loop, pidFd, s_killed);
        }
    }

    private static async Task<bool> EndsWithinAsync(EventLoop loop, PidFd process, TimeSpan limit)
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = loop.Watch("process of a shim", process.Fd, EpollEvents.In, _ => ended.TrySetResult(true));
        using LoopTimer timer = loop.After(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, () => ended.TrySetResult(false));
        return await ended.Task;
    }

    /// <summary>Kills the shim, if there is one. The container's process is not touched.</summary>
    public static void Kill(ProcessDirectory directory)
    {
        // The reference before the lock: it is held, so the shim lives, so the pid is the shim's.
        if (ShimOf(directory) is { } shim && PidFd.Open(shim).Value is { } opened)
        {
            using PidFd pidFd = opened;
            if (!HasEnded(directory))
            {
                _ = pidFd.Send(Signal.SIGKILL);
            }
        }
    }

    /// <summary>Waits until the shim has gone; at the deadline, if there is one, it is killed. The container's process is not touched.</summary>
    public static async Task WaitAsync(EventLoop loop, SupervisedProcess process, TimeSpan? deadline)
    {
        if (process.Shim is { } child)
        {
            Task<WaitStatus> end = child.WaitAsync();
            using LoopTimer? patience = deadline is { } time && !end.IsCompleted ? loop.After(time, child.Kill) : null;
            _ = await end;
            return;
        }

        if (HasEnded(process.Directory) || ShimOf(process.Directory) is not { } shim)
        {
            return;
        }

        // The reference first, then the lock again: it is held, so the shim lives, so the pid is the shim's.
        SysResult<PidFd> opened = PidFd.Open(shim);
        if (!opened.IsOk)
        {
            return;
        }

        using PidFd pidFd = opened.Value!;
        if (HasEnded(process.Directory))
        {
            return;
        }

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = loop.Watch("shim", pidFd.Fd, EpollEvents.In, _ => ended.TrySetResult());
        using LoopTimer? timer = deadline is { } limit ? loop.After(limit, () => pidFd.Send(Signal.SIGKILL)) : null;
        await ended.Task;
    }

    /// <summary>The pid that the last shim wrote into its lock; null when it had not come to that.</summary>
    private static int? ShimOf(ProcessDirectory directory)
    {
        SysResult<byte[]> text = NativeFile.ReadAll(directory.Lock);
        return text.IsOk && int.TryParse(text.Value, CultureInfo.InvariantCulture, out int pid) ? pid : null;
    }
}
