using Shimd.Native;

namespace Shimd.Loop;

/// <summary>A call in the future; does not happen once disposed of.</summary>
internal sealed class LoopTimer(TimerQueue queue, long atNanoseconds, long order, Action action) : IDisposable
{
    internal long AtNanoseconds { get; } = atNanoseconds;

    internal long Order { get; } = order;

    internal Action Action { get; } = action;

    public void Dispose() => queue.Remove(this);
}

/// <summary>All timers of a loop, on one timerfd that is armed for the earliest, and not at all when there is none.</summary>
internal sealed class TimerQueue : IDisposable
{
    private readonly SortedSet<LoopTimer> _timers = new(new ByTime());
    private readonly TimerFd _timerFd = new();
    private readonly Watch _watch;
    private long _order;
    private long? _armedFor;

    public TimerQueue(EventLoop loop) => _watch = loop.Watch("timers", _timerFd.Fd, EpollEvents.In, _ => Fire());

    public LoopTimer Add(TimeSpan delay, Action action)
    {
        long at = TimerFd.Now() + (Math.Max(delay.Ticks, 0) * TimeSpan.NanosecondsPerTick);
        var timer = new LoopTimer(this, at, ++_order, action);
        _timers.Add(timer);
        Arm();
        return timer;
    }

    public void Remove(LoopTimer timer)
    {
        if (_timers.Remove(timer))
        {
            Arm();
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        _timerFd.Dispose();
    }

    private void Fire()
    {
        _timerFd.Acknowledge();
        _armedFor = null;
        long now = TimerFd.Now();
        while (_timers.Min is { } timer && timer.AtNanoseconds <= now)
        {
            _timers.Remove(timer);
            timer.Action();
        }

        Arm();
    }

    private void Arm()
    {
        long? next = _timers.Min?.AtNanoseconds;
        if (next != _armedFor)
        {
            _armedFor = next;
            _timerFd.Arm(next);
        }
    }

    private sealed class ByTime : IComparer<LoopTimer>
    {
        public int Compare(LoopTimer? x, LoopTimer? y)
        {
            int byTime = x!.AtNanoseconds.CompareTo(y!.AtNanoseconds);
            return byTime != 0 ? byTime : x.Order.CompareTo(y.Order);
        }
    }
}
