using Shimd.Native;

namespace Shimd.Loop;

/// <summary>
/// The only place that reaps. Children that were started here are expected by their pid; any other child is an orphan
/// that became ours because the process is a subreaper.
/// </summary>
internal sealed class Reaper
{
    /// <summary>So many are asked for one by one at each signal.</summary>
    private const int Many = 64;

    /// <summary>A look for any child is one at all of them, some 0.1 µs each: of many it is taken seldom, every 50 ms of a thousand.</summary>
    private const long RestNanosecondsPerChild = 50_000;

    private readonly EventLoop _loop;
    private readonly Dictionary<int, TaskCompletionSource<WaitStatus>> _expected = [];
    private readonly List<int> _awaited = [];
    private readonly Dictionary<int, WaitStatus> _unexpected = [];
    private TaskCompletionSource? _change;
    private bool _holdOrphans;
    private long _restsUntil;
    private LoopTimer? _look;

    public Reaper(EventLoop loop, SignalSource signals)
    {
        _loop = loop;
        signals.Handle(Signal.SIGCHLD, Reap);
    }

    /// <summary>Called for each orphan that has ended and is about to be reaped, as long as its pid can be nobody else's; who knows it answers
    /// with what is to be done with the way in which it ended.</summary>
    public Func<int, Action<WaitStatus>?>? OnOrphan { get; set; }

    /// <summary>While true, ended orphans stay zombies: their pid cannot be taken by another process and /proc still tells of them.</summary>
    public bool HoldOrphans
    {
        get => _holdOrphans;
        set
        {
            _holdOrphans = value;
            if (!value)
            {
                Reap();
            }
        }
    }

    /// <summary>While it is not 0, a child is being started elsewhere, and may have ended before its pid is known here: how it ended is kept for <see cref="ExpectStarted"/>.</summary>
    public int KeepsUnexpected
    {
        get;
        set
        {
            field = value;
            if (value == 0)
            {
                _unexpected.Clear();
            }
        }
    }

    /// <summary>As <see cref="Expect"/>, of a child that was started elsewhere, and may have ended by now; ask while <see cref="KeepsUnexpected"/>.</summary>
    public Task<WaitStatus> ExpectStarted(int pid) => _unexpected.Remove(pid, out WaitStatus ended) ? Task.FromResult(ended) : Add(pid);

    /// <summary>How the child with this pid ends; ask before control returns to the loop after the spawn. Somebody waits for it.</summary>
    public Task<WaitStatus> Expect(int pid)
    {
        Task<WaitStatus> ended = Add(pid);
        Await(pid);
        return ended;
    }

    /// <summary>Somebody waits for it now: it is asked for whenever a child has ended, unless there are too many of those.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="ended">What <see cref="ExpectStarted"/> gave.</param>
    /// <returns><paramref name="ended"/>.</returns>
    public Task<WaitStatus> Await(int pid, Task<WaitStatus> ended)
    {
        Await(pid);
        return ended;
    }

    private void Await(int pid)
    {
        if (_awaited.Count < Many && _expected.ContainsKey(pid) && !_awaited.Contains(pid))
        {
            _awaited.Add(pid);
            if (_look is not null)
            {
                // It may be one of those that are yet to be looked for.
                Take(pid);
            }
        }
    }

    private Task<WaitStatus> Add(int pid)
    {
        // What is kept under this pid is of another one.
        _ = _unexpected.Remove(pid);
        var source = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _expected.Add(pid, source);
        return source.Task;
    }

    /// <summary>Ends with the next SIGCHLD, when some child, perhaps one that is held or not known here, has ended; or with the limit.</summary>
    public async Task NextChangeAsync(EventLoop loop, TimeSpan limit)
    {
        TaskCompletionSource change = _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using LoopTimer timer = loop.After(limit, () => change.TrySetResult());
        await change.Task;
    }

    /// <param name="child">One that has ended. The signals of others may have become one with its own: those that are awaited are asked for, the others looked for.</param>
    private void Reap(int child)
    {
        _change?.TrySetResult();
        _change = null;
        foreach (int pid in new List<int>(_awaited))
        {
            Take(pid);
        }

        if (_expected.ContainsKey(child))
        {
            Take(child);
        }

        long rest = _restsUntil - TimerFd.Now();
        if (rest <= 0)
        {
            Reap();
        }
        else
        {
            _look ??= _loop.After(TimeSpan.FromTicks(rest / TimeSpan.NanosecondsPerTick), Reap);
        }
    }

    private void Reap()
    {
        _look?.Dispose();
        _look = null;
        if (_holdOrphans)
        {
            // A held zombie would hide the others from a wait for any child: ask for each by name. They are few.
            var pids = new int[_expected.Count];
            _expected.Keys.CopyTo(pids, 0);
            foreach (int pid in pids)
            {
                Take(pid);
            }

            return;
        }

        while (ProcessControl.PeekAny(out int pid).IsOk && pid != 0)
        {
            Take(pid);
        }

        _restsUntil = _expected.Count < Many ? 0 : TimerFd.Now() + (_expected.Count * RestNanosecondsPerChild);
    }

    private void Take(int pid)
    {
        Action<WaitStatus>? whose = _expected.ContainsKey(pid) ? null : OnOrphan?.Invoke(pid);
        SysResult reaped = ProcessControl.TryReap(pid, out WaitStatus? status);
        if (reaped.Error == Errno.ECHILD && KeepsUnexpected > 0)
        {
            // posix_spawn(3), elsewhere, reaps itself the child that could not execute its program.
            return;
        }

        if (!reaped.IsOk)
        {
            throw new SysException($"waitid for child {pid}", reaped.Error);
        }

        if (status is not { } ended)
        {
            return;
        }

        if (_expected.Remove(pid, out TaskCompletionSource<WaitStatus>? source))
        {
            _ = _awaited.Remove(pid);
            source.SetResult(ended);
        }
        else if (KeepsUnexpected > 0)
        {
            _unexpected[pid] = ended;
        }

        whose?.Invoke(ended);
    }
}
