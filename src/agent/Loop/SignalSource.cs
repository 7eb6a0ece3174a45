using Shimd.Native;

namespace Shimd.Loop;

/// <summary>Signals as calls on the loop. They must be blocked in every thread (<see cref="SignalMask"/>), and only the loop reads them.</summary>
internal sealed class SignalSource : IDisposable
{
    private readonly SignalFd _signalFd = new(SignalMask.LoopSignals);
    private readonly Dictionary<int, Action<int>> _handlers = [];
    private readonly Watch _watch;

    public SignalSource(EventLoop loop)
    {
        if (!SignalMask.IsBlocked())
        {
            throw new InvalidOperationException("the loop's signals are not blocked");
        }

        _watch = loop.Watch("signals", _signalFd.Fd, EpollEvents.In, _ => Deliver());
    }

    /// <summary>Calls <paramref name="handler"/> with its sender for each arrival of the signal (several pending ones count as one, of one of their senders); a signal
    /// that nobody handles is taken and dropped.</summary>
    public void Handle(int signal, Action<int> handler) => _handlers[signal] = handler;

    public void Dispose()
    {
        _watch.Dispose();
        _signalFd.Dispose();
    }

    private void Deliver()
    {
        while (_signalFd.Take(out int sender) is { } signal)
        {
            if (_handlers.TryGetValue(signal, out Action<int>? handler))
            {
                handler(sender);
            }
        }
    }
}
