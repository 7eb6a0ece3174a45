using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>
/// Watches the reading ends of the exit fifos. A shim writes to the other end when it has written down an exit, and holds it as long as it lives: a hang-up says that
/// it has announced an exit, or has died; which of the two, exit.json tells.
/// </summary>
internal sealed class ExitMonitor(EventLoop loop)
{
    /// <summary>Calls <paramref name="onNews"/> when something was written, and when the last writer has gone, until it returns true. Takes the descriptor over;
    /// until it is disposed of the shim does not clean up (ADR 0015). Errors: ENOSPC (the user's limit of epoll watches): the process is then not monitored,
    /// and not touched either.</summary>
    /// <param name="reader">The reading end.</param>
    /// <param name="onNews">Told whether the writer has gone; returns whether there is no more to come, as it must then.</param>
    public SysResult<MonitoredExit> TryWatch(Fd reader, Func<bool, bool> onNews)
    {
        var monitored = new MonitoredExit(reader, onNews);
        SysResult<Watch> watch = loop.TryWatch("exit fifo", reader, EpollEvents.In, monitored.OnEvents);
        if (!watch.IsOk)
        {
            return SysResult<MonitoredExit>.Fail(watch.Error);
        }

        monitored.Watch = watch.Value;
        return SysResult<MonitoredExit>.Of(monitored);
    }
}

/// <summary>One exit fifo: under watch until its news, and open for longer.</summary>
internal sealed class MonitoredExit(Fd reader, Func<bool, bool> onNews) : IDisposable
{
    internal Watch? Watch { get; set; }

    public void Dispose()
    {
        Watch?.Dispose();
        reader.Dispose();
    }

    internal void OnEvents(EpollEvents events)
    {
        if (onNews((events & (EpollEvents.HangUp | EpollEvents.Error)) != 0))
        {
            Watch!.Dispose();
        }
        else
        {
            // What was written stays there; a hang-up is reported in any case.
            Watch!.Interest = EpollEvents.None;
        }
    }
}
