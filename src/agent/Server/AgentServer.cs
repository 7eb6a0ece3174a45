using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>The agent's sockets and the connections on them.</summary>
internal sealed class AgentServer : IDisposable
{
    /// <summary>What is under way at shutdown may take this long to be answered, and the answers to be read.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly ServerOptions _options;
    private readonly ILogger _logger;
    private readonly Dispatcher _dispatcher;
    private readonly List<Listener> _listeners = [];
    private readonly HashSet<ClientSession> _sessions = [];
    private TaskCompletionSource? _noneLeft;
    private long _lastNumber;

    public AgentServer(EventLoop loop, Supervisor.Supervisor supervisor, ServerOptions options, ILogger logger)
    {
        _loop = loop;
        _options = options;
        _logger = logger;
        _dispatcher = new Dispatcher(logger, supervisor.Note);
        Handlers.RegisterAll(_dispatcher, supervisor);
    }

    /// <summary>Binds and begins to accept.</summary>
    /// <returns>Null, or a text that says what is wrong and what to do.</returns>
    public string? Listen()
    {
        string? problem = Listen(_options.SocketPath, isReadOnly: false);
        return problem is null && _options.ReadOnlySocketPath is { } path ? Listen(Path.GetFullPath(path), isReadOnly: true) : problem;
    }

    /// <summary>Takes the sockets away, answers what is under way, and ends every connection; takes a few seconds at most. Operations that
    /// could not be answered go on: nothing is undone.</summary>
    public async Task ShutdownAsync()
    {
        Dispose();
        if (_sessions.Count == 0)
        {
            return;
        }

        _noneLeft = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using LoopTimer timer = _loop.After(s_grace, () => ForEachSession(static session => session.Abort()));
        ForEachSession(static session => session.ShutDown());
        await _noneLeft.Task;
    }

    /// <summary>Takes the sockets away.</summary>
    public void Dispose()
    {
        foreach (Listener listener in _listeners)
        {
            listener.Dispose();
        }

        _listeners.Clear();
    }

    private string? Listen(string path, bool isReadOnly)
    {
        (SocketFile? socket, string? problem) = SocketFile.Listen(path, _options.Group);
        if (socket is not null)
        {
            var refusals = new RefusalLog(_logger, path);
            _listeners.Add(new Listener(_loop, socket, _logger, refusals, fd => Accept(fd, refusals, isReadOnly)));
        }

        return problem;
    }

    private void Accept(Fd fd, RefusalLog refusals, bool isReadOnly)
    {
        // Each socket has its own: those who may only look must not be able to lock out who may act.
        int connections = 0;
        foreach (ClientSession other in _sessions)
        {
            connections += other.Peer.IsReadOnly == isReadOnly ? 1 : 0;
        }

        if (connections >= Limits.MaxConnections)
        {
            Refuse(fd, refusals, $"{Limits.MaxConnections} connections are open already; close one, or retry");
            return;
        }

        var peer = new Peer(UnixSocket.Peer(fd), isReadOnly);
        var session = new ClientSession(_loop, fd, ++_lastNumber, peer, _dispatcher, OnEnded);
        SysResult<Watch> begun = session.TryBegin();
        if (!begun.IsOk)
        {
            Refuse(fd, refusals, $"the connection cannot be watched: {begun.Error.Describe()}");
            return;
        }

        _sessions.Add(session);
        LogMessages.Connected(_logger, session.Number, peer.Pid, peer.Uid, peer.Access);
    }

    private static void Refuse(Fd fd, RefusalLog refusals, string problem)
    {
        refusals.Note(problem);
        Refusal.Send(fd, ShimdException.Limit(problem));
    }

    private void OnEnded(ClientSession session, string? reason)
    {
        _ = _sessions.Remove(session);
        if (reason is not null)
        {
            LogMessages.ConnectionClosed(_logger, session.Number, reason);
        }
        else
        {
            LogMessages.Disconnected(_logger, session.Number);
        }

        if (_sessions.Count == 0)
        {
            _ = _noneLeft?.TrySetResult();
        }
    }

    /// <summary>Over a copy: an ended session takes itself out.</summary>
    private void ForEachSession(Action<ClientSession> action)
    {
        var sessions = new ClientSession[_sessions.Count];
        _sessions.CopyTo(sessions);
        foreach (ClientSession session in sessions)
        {
            action(session);
        }
    }
}
