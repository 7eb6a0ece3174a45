using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>
/// Watches the reading ends of the exit fifos. A shim holds the other end as long as it lives, so a hang-up says that it has
/// announced an exit, or has died; which of the two, exit.json tells.
/// </summary>
internal sealed class ExitMonitor(EventLoop loop)
{
    /// <summary>Calls <paramref name="onHangUp"/> once, when the last writer has gone. Takes the descriptor over. Errors: ENOSPC (the
    /// user's limit of epoll watches): the process is then not monitored, and not touched either.</summary>
    public SysResult<MonitoredExit> TryWatch(Fd reader, Action onHangUp)
    {
        var monitored = new MonitoredExit(reader, onHangUp);
        SysResult<Watch> watch = loop.TryWatch("exit fifo", reader, EpollEvents.None, monitored.OnEvents);
        if (!watch.IsOk)
        {
            return SysResult<MonitoredExit>.Fail(watch.Error);
        }

        monitored.Watch = watch.Value;
        return SysResult<MonitoredExit>.Of(monitored);
    }
}

/// <summary>One exit fifo under watch, until its hang-up or until it is forgotten.</summary>
internal sealed class MonitoredExit(Fd reader, Action onHangUp) : IDisposable
{
    internal Watch? Watch { get; set; }

    public void Dispose()
    {
        Watch?.Dispose();
        reader.Dispose();
    }

    internal void OnEvents(EpollEvents events)
    {
        if ((events & (EpollEvents.HangUp | EpollEvents.Error)) != 0)
        {
            Dispose();
            onHangUp();
        }
    }
}
