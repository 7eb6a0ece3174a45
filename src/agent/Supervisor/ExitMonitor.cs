using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>
/// Watches the reading ends of the exit fifos. A shim writes to the other end when it has written down an exit, and holds it as long as it lives: a hang-up says that
/// it has announced an exit, or has died; which of the two, exit.json tells.
/// </summary>
internal sealed class ExitMonitor(EventLoop loop)
{
    /// <summary>Calls <paramref name="onNews"/> when something was written, and when the last writer has gone, until it returns true. Takes the descriptor over, and closes
    /// it when clients have had the time for what they do about it: the shim waits for that. Errors: ENOSPC (the user's limit of epoll watches): the process is then not monitored,
    /// and not touched either.</summary>
    /// <param name="reader">The reading end.</param>
    /// <param name="onNews">Told whether the writer has gone; returns whether there is no more to come, as it must then.</param>
    public SysResult<MonitoredExit> TryWatch(Fd reader, Func<bool, bool> onNews)
    {
        var monitored = new MonitoredExit(loop, reader, onNews);
        SysResult<Watch> watch = loop.TryWatch("exit fifo", reader, EpollEvents.In, monitored.OnEvents);
        if (!watch.IsOk)
        {
            return SysResult<MonitoredExit>.Fail(watch.Error);
        }

        monitored.Watch = watch.Value;
        return SysResult<MonitoredExit>.Of(monitored);
    }
}

/// <summary>One exit fifo under watch, and a moment longer: as long as its reading end is there, the shim does not clean up (ADR 0015).</summary>
internal sealed class MonitoredExit(EventLoop loop, Fd reader, Func<bool, bool> onNews) : IDisposable
{
    /// <summary>Enough for a client to be told of the exit, to delete the container, and to end. A shim waits for 50 ms at most.</summary>
    private static readonly TimeSpan s_clients = TimeSpan.FromMilliseconds(5);

    private LoopTimer? _clients;

    internal Watch? Watch { get; set; }

    public void Dispose()
    {
        Watch?.Dispose();
        _clients?.Dispose();
        reader.Dispose();
    }

    internal void OnEvents(EpollEvents events)
    {
        if (onNews((events & (EpollEvents.HangUp | EpollEvents.Error)) != 0))
        {
            Watch!.Dispose();
            _clients = loop.After(s_clients, Dispose);
        }
        else
        {
            // What was written stays there; a hang-up is reported in any case.
            Watch!.Interest = EpollEvents.None;
        }
    }
}
