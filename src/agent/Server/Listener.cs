using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// Accepts connections. Where descriptors have run out, a spare one is given up for as long as it takes to tell the client so: a
/// connection that is not accepted would keep the listener readable and the loop spinning.
/// </summary>
internal sealed class Listener : IDisposable
{
    private const int AcceptsPerTurn = 16;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly EventLoop _loop;
    private readonly SocketFile _socket;
    private readonly ILogger _logger;
    private readonly RefusalLog _refusals;
    private readonly Action<Fd> _onConnection;
    private readonly Watch _watch;
    private Fd? _spare = NativeFile.OpenNull().Value;
    private LoopTimer? _pause;

    /// <param name="socket">Taken over.</param>
    /// <param name="onConnection">Takes the connection over.</param>
    public Listener(EventLoop loop, SocketFile socket, ILogger logger, RefusalLog refusals, Action<Fd> onConnection)
    {
        _loop = loop;
        _socket = socket;
        _logger = logger;
        _refusals = refusals;
        _onConnection = onConnection;

        // The loop makes its timer's descriptor at first use: now, not when there are none left.
        loop.After(s_pause, static () => { }).Dispose();
        _watch = loop.Watch("listener", socket.Fd, EpollEvents.In, _ => AcceptSome());
    }

    /// <summary>Stops accepting; who is in the queue is told why.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        _pause?.Dispose();
        while (UnixSocket.Accept(_socket.Fd).Value is { } connection)
        {
            Refusal.Send(connection, ShimdException.ShuttingDown());
        }

        _socket.Dispose();
        _spare?.Dispose();
    }

    private void AcceptSome()
    {
        for (int turn = 0; turn < AcceptsPerTurn; turn++)
        {
            SysResult<Fd> accepted = UnixSocket.Accept(_socket.Fd);
            Errno error = accepted.Error is Errno.EMFILE or Errno.ENFILE ? RefuseOne(accepted.Error) : accepted.Error;
            switch (error)
            {
                case Errno.None when accepted.IsOk:
                    _onConnection(accepted.Value!);
                    break;
                case Errno.None or Errno.ECONNABORTED or Errno.EINTR:
                    break;
                case Errno.EAGAIN:
                    return;
                default:
                    Pause(error);
                    return;
            }
        }
    }

    /// <summary>Lets the spare descriptor go for one connection. EAGAIN when none waits: accept4(2) asks for the descriptor first, and
    /// says EMFILE to an empty queue, too.</summary>
    private Errno RefuseOne(Errno reason)
    {
        if (_spare is null)
        {
            return reason;
        }

        _spare.Dispose();
        SysResult<Fd> accepted = UnixSocket.Accept(_socket.Fd);
        if (accepted.IsOk)
        {
            _refusals.Note(reason.Describe());
            Refusal.Send(accepted.Value!, ShimdException.Limit("the agent has no file descriptor left; retry, or raise its limit of open files"));
        }

        _spare = NativeFile.OpenNull().Value;
        return accepted.Error;
    }

    private void Pause(Errno error)
    {
        LogMessages.AcceptPaused(_logger, _socket.Path, error.Describe());
        _watch.Interest = EpollEvents.None;
        _pause = _loop.After(s_pause, () =>
        {
            _spare ??= NativeFile.OpenNull().Value;
            _watch.Interest = EpollEvents.In;
        });
    }
}
