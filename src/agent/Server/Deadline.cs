using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Server;

/// <summary>
/// A time limit that is set and lifted with every line and hardly ever passes: setting it costs a look at the clock, and at most one
/// timer stands behind it, which is armed once a limit, not once a line.
/// </summary>
internal sealed class Deadline(EventLoop loop, TimeSpan limit, Action onPassed) : IDisposable
{
    private const int NanosecondsPerTick = 100;
    private LoopTimer? _timer;
    private long? _sinceNanoseconds;

    /// <summary>The limit begins now, whether or not it had begun before.</summary>
    public void Restart()
    {
        _sinceNanoseconds = TimerFd.Now();
        _timer ??= loop.After(limit, Check);
    }

    /// <summary>The limit begins now unless it has begun.</summary>
    public void Start()
    {
        if (_sinceNanoseconds is null)
        {
            Restart();
        }
    }

    public void Lift() => _sinceNanoseconds = null;

    public void Dispose()
    {
        Lift();
        _timer?.Dispose();
        _timer = null;
    }

    private void Check()
    {
        _timer = null;
        if (_sinceNanoseconds is not { } since)
        {
            return;
        }

        TimeSpan left = limit - TimeSpan.FromTicks((TimerFd.Now() - since) / NanosecondsPerTick);
        if (left > TimeSpan.Zero)
        {
            _timer = loop.After(left, Check);
            return;
        }

        Lift();
        onPassed();
    }
}
