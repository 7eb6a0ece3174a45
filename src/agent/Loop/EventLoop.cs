using Shimd.Native;

namespace Shimd.Loop;

/// <summary>
/// One thread, one epoll: descriptors, timers and continuations of async methods all run here, one after the other, so that
/// nothing above needs a lock. An exception that a handler lets out ends the process: see <see cref="Fatal"/>.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    private const ulong IndexMask = 0xFFFFFFFF;

    /// <summary>What goes on of operations, between two looks at the descriptors: so long, or half as long as what came of the last look took if that is more,
    /// and to the end of what was begun.</summary>
    private const long PortionNanoseconds = 100_000;

    private readonly Epoll _epoll = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _continuations = new();
    private readonly List<Watch?> _watches = [];
    private readonly Stack<int> _freeSlots = new();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private TimerQueue? _timers;
    private uint _generation;
    private long _lookedAt;

    /// <summary>Called with the name of what failed before the process is ended; set once by the role that owns the loop.</summary>
    public Action<string, Exception> OnFatal { get; set; } = static (_, _) => { };

    /// <summary>Something goes on that is not at its end, and does not wait for anything.</summary>
    public bool IsBusy => _posted.Count + _continuations.Count > 0;

    /// <summary>How often something was ready: unchanged for as long as nothing happens.</summary>
    public long Turns { get; private set; }

    /// <summary>Calls <paramref name="onReady"/> for each event on the descriptor until the watch is disposed of; the descriptor is
    /// borrowed and must outlive the watch. <paramref name="name"/> says whose handler it is, should it fail. Errors: ENOSPC (the
    /// user's limit of watches), EPERM (a regular file).</summary>
    public SysResult<Watch> TryWatch(string name, Fd fd, EpollEvents interest, Action<EpollEvents> onReady)
    {
        int slot = _freeSlots.TryPop(out int free) ? free : _watches.Count;
        ulong key = ((ulong)++_generation << 32) | (uint)slot;
        SysResult added = _epoll.Add(fd, interest, key);
        if (!added.IsOk)
        {
            _freeSlots.Push(slot);
            if (slot == _watches.Count)
            {
                _watches.Add(null);
            }

            return SysResult<Watch>.Fail(added.Error);
        }

        var watch = new Watch(this, name, fd, key, interest, onReady);
        if (slot == _watches.Count)
        {
            _watches.Add(watch);
        }
        else
        {
            _watches[slot] = watch;
        }

        return SysResult<Watch>.Of(watch);
    }

    /// <summary>As <see cref="TryWatch"/>, where a failure means a broken machine.</summary>
    public Watch Watch(string name, Fd fd, EpollEvents interest, Action<EpollEvents> onReady)
        => TryWatch(name, fd, interest, onReady).OrThrow("epoll_ctl");

    /// <summary>Runs <paramref name="callback"/> on the loop after what is under way. Only from the loop's own thread.</summary>
    public void Post(SendOrPostCallback callback, object? state) => Enqueue(_posted, callback, state);

    /// <summary>As <see cref="Post"/>, of an operation that goes on: after all that is posted, and in portions, so that who asks something short in between
    /// does not wait for all operations.</summary>
    public void Continue(SendOrPostCallback callback, object? state) => Enqueue(_continuations, callback, state);

    /// <summary>Calls <paramref name="action"/> once after <paramref name="delay"/>, unless the timer is disposed of before.</summary>
    public LoopTimer After(TimeSpan delay, Action action) => (_timers ??= new TimerQueue(this)).Add(delay, action);

    /// <summary>Ends after <paramref name="delay"/>; cancelled with the token.</summary>
    public async Task Delay(TimeSpan delay, CancellationToken cancellation = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using LoopTimer timer = After(delay, () => done.TrySetResult());
        using CancellationTokenRegistration registration = cancellation.Register(() => done.TrySetCanceled(cancellation));
        await done.Task;
    }

    /// <summary>Starts an operation that nobody awaits; an exception in it is fatal under <paramref name="name"/>.</summary>
    public async void Start(string name, Func<Task> operation)
    {
        try
        {
            await operation();
        }
#pragma warning disable CA1031 // This is the edge: whatever comes ends the process, by name.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fatal(name, exception);
        }
    }

    /// <summary>Runs the loop until <paramref name="main"/> has ended, and returns what it returned or throws what it threw.</summary>
    public T Run<T>(Func<Task<T>> main)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new LoopContext(this));
        try
        {
            _lookedAt = TimerFd.Now();
            Task<T> task = main();
            RunPosted();
            while (!task.IsCompleted)
            {
                RunReady();
                RunPosted();
            }

            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public void Dispose()
    {
        _timers?.Dispose();
        _epoll.Dispose();
    }

    internal void Modify(Watch watch, EpollEvents interest) => _epoll.Modify(watch.Fd, interest, watch.Key).OrThrow("epoll_ctl MOD");

    internal void Remove(Watch watch)
    {
        int slot = (int)(watch.Key & IndexMask);
        _watches[slot] = null;
        _freeSlots.Push(slot);
        _ = _epoll.Remove(watch.Fd);
    }

    internal void Fatal(string name, Exception exception)
    {
        OnFatal(name, exception);
        Environment.FailFast($"shimd: {name}: {exception}");
    }

    private void Enqueue(Queue<(SendOrPostCallback Callback, object? State)> queue, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _threadId)
        {
            Fatal("a continuation came from a foreign thread", new InvalidOperationException(callback.ToString()));
        }

        queue.Enqueue((callback, state));
    }

    private void RunPosted()
    {
        // Only what is queued now: what these add waits until the descriptors had their turn.
        for (int left = _posted.Count; left > 0; left--)
        {
            (SendOrPostCallback callback, object? state) = _posted.Dequeue();
            callback(state);
        }

        RunContinuations();
    }

    private void RunContinuations()
    {
        int left = _continuations.Count;
        if (left == 0)
        {
            return;
        }

        long now = TimerFd.Now();
        long end = now + Math.Max(PortionNanoseconds, (now - _lookedAt) / 2);
        do
        {
            (SendOrPostCallback callback, object? state) = _continuations.Dequeue();
            callback(state);
        }
        while (--left > 0 && TimerFd.Now() < end);
    }

    private void RunReady()
    {
        SysResult count = _epoll.Wait(IsBusy ? 0 : -1);
        if (!count.IsOk)
        {
            Fatal("epoll_wait", new SysException("epoll_wait", count.Error));
        }

        Turns++;
        _lookedAt = TimerFd.Now();
        for (int i = 0; i < count.Value; i++)
        {
            (EpollEvents events, ulong key) = _epoll.Result(i);

            // A handler before this one may have ended this watch, and its slot may be somebody else's by now.
            if (_watches[(int)(key & IndexMask)] is { } watch && watch.Key == key)
            {
                Dispatch(watch, events);
            }
        }
    }

    private void Dispatch(Watch watch, EpollEvents events)
    {
        try
        {
            watch.OnReady(events);
        }
#pragma warning disable CA1031 // This is the edge: whatever comes ends the process, by name.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fatal(watch.Name, exception);
        }
    }
}
