using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>What a client in the foreground waits for, all at once: the agent, signals, a terminal, and the streams that are attached.
/// Agents may come and go meanwhile.</summary>
internal sealed class ForegroundLoop : IDisposable
{
    private const ulong SignalKey = 0;
    private const ulong ConnectionKey = 1;
    private const ulong StreamsKey = 2;
    private const int RetryMs = 200;
    private const long NanosecondsPerMs = 1_000_000;

    /// <summary>Long enough to replace an agent by hand, short enough for a script to come to an end.</summary>
    private const long MaxAbsenceMs = 300_000;

    private readonly ClientSettings _settings;
    private readonly string _id;
    private readonly Epoll _epoll = new();
    private readonly SignalFd _signals;
    private readonly SignalForwarding _forwarding;
    private readonly ClientTerminal? _terminal;
    private readonly bool _forwards;
    private AgentClient? _client;

    /// <param name="settings">Where the agent is.</param>
    /// <param name="id">The container.</param>
    /// <param name="terminal">Whether the process has a terminal, and ours becomes its keyboard.</param>
    /// <param name="endCommand">What to type to make an end of it.</param>
    /// <param name="forwards">Whether signals go to the process; else they end us.</param>
    /// <exception cref="CliException">The agent cannot be reached.</exception>
    public ForegroundLoop(ClientSettings settings, string id, bool terminal, string endCommand, bool forwards)
    {
        _settings = settings;
        _id = id;
        _forwards = forwards;
        _forwarding = new SignalForwarding(id, endCommand);
        _signals = new SignalFd(terminal ? [.. SignalForwarding.Signals, Signal.SIGWINCH] : SignalForwarding.Signals);
        _epoll.Add(_signals.Fd, EpollEvents.In, SignalKey).OrThrow("epoll_ctl");
        Use(AgentClient.Connect(_settings));
        _terminal = terminal ? ClientTerminal.Enter() : null;
    }

    /// <summary>Where signals and sizes go; null until the process is there.</summary>
    public ForegroundTarget? Target
    {
        get;
        set
        {
            field = value;
            _forwarding.Flush(_client!, value);
            Resize(value); // it may have changed since the shim has looked
        }
    }

    /// <summary>What is attached; null for nothing.</summary>
    public AttachedStreams? Streams { get; private set; }

    /// <summary>Called when the stream to a descriptor of ours has ended: adds another one, if the process has not ended, and says so.</summary>
    public Func<AttachedStreams, int, bool>? OnCut { get; set; }

    /// <summary>Begins with no socket yet.</summary>
    /// <param name="detachKeys">Null where nothing is typed.</param>
    public AttachedStreams Attach(DetachKeys? detachKeys) => Streams = new AttachedStreams(_epoll, StreamsKey, detachKeys);

    public long Send(string method, IWireObject parameters, params ReadOnlySpan<Fd> descriptors) => _client!.Send(method, parameters, descriptors);

    public void Dispose()
    {
        _terminal?.Dispose();
        Streams?.Dispose();
        _client?.Dispose();
        _signals.Dispose();
        _epoll.Dispose();
    }

    /// <summary>The reply to a request, while signals are forwarded; null when the connection has ended.</summary>
    public AgentMessage? Receive(long request)
    {
        bool open = true;
        while (true)
        {
            while (_client!.TryTake() is { } message)
            {
                if (message.Id == request || (message.Id is null && message.Error is not null))
                {
                    return message;
                }

                SignalForwarding.Report(message);
            }

            if (!open)
            {
                return null;
            }

            open = WaitForInput();
            while (OnCut is not null && Streams!.TakeEnded() is > 0 and int number)
            {
                Reattach(number);
            }
        }
    }

    /// <summary>What ends while the process does not has been cut off, since we were too slow.</summary>
    private void Reattach(int number)
    {
        if (OnCut!(Streams!, number))
        {
            StandardOutput.ErrorLine("shimd: output was lost, since it was not read fast enough; attached again");
        }
        else
        {
            OnCut = null;
        }
    }

    /// <summary>False when the connection has ended.</summary>
    public bool WaitForInput()
    {
        bool open = true;
        SysResult count = _epoll.Wait(-1);
        for (int i = 0; i < count.OrThrow("epoll_wait"); i++)
        {
            (EpollEvents events, ulong key) = _epoll.Result(i);
            if (key == SignalKey)
            {
                TakeSignals();
            }
            else if (key == ConnectionKey)
            {
                open = _client!.Fill();
            }
            else
            {
                HandleStreams(key, events);
            }
        }

        return open;
    }

    private void TakeSignals()
    {
        while (_signals.Take() is { } signal)
        {
            if (signal == Signal.SIGWINCH)
            {
                Resize(Target);
            }
            else if (!_forwards && signal is Signal.SIGINT or Signal.SIGTERM or Signal.SIGHUP or Signal.SIGQUIT)
            {
                throw Detached();
            }
            else
            {
                _forwarding.Add(signal, _client, Target);
            }
        }
    }

    private void HandleStreams(ulong key, EpollEvents events)
    {
        Streams!.Handle(key, events);
        if (Streams.IsDetached)
        {
            throw Detached();
        }
    }

    private CliException Detached()
        => new(ExitCodes.Ok, $"detached: {_id} runs on", $"to come back: shimd attach {_id} {Target?.Process}".TrimEnd(), "DETACHED");

    /// <summary>Our terminal's size becomes the process's.</summary>
    public void Resize(ForegroundTarget? target)
    {
        if (_terminal is not null && _client is not null && target is not null && ClientTerminal.Size is { } size)
        {
            _client.Send(Methods.Resize, target.Resize(size));
        }
    }

    /// <summary>Waits for another agent.</summary>
    /// <exception cref="CliException">None came, or the user wants to leave.</exception>
    public void Reconnect()
    {
        StandardOutput.ErrorLine($"shimd: the agent has gone; {_id} lives on, waiting for the agent to come back");
        Use(null);
        long deadline = TimerFd.Now() + (MaxAbsenceMs * NanosecondsPerMs);
        while (TimerFd.Now() < deadline)
        {
            int count = (int)_epoll.Wait(RetryMs).OrThrow("epoll_wait");
            for (int i = 0; i < count; i++)
            {
                (EpollEvents events, ulong key) = _epoll.Result(i);
                if (key == SignalKey)
                {
                    TakeSignals();
                }
                else
                {
                    HandleStreams(key, events);
                }
            }

            SysResult<AgentClient> connected = AgentClient.TryConnect(_settings);
            if (connected.IsOk)
            {
                Use(connected.Value);
                return;
            }
        }

        throw SignalForwarding.Left(_id, "the agent did not come back");
    }

    private void Use(AgentClient? client)
    {
        if (_client is { } old)
        {
            _ = _epoll.Remove(old.Fd);
            old.Dispose();
        }

        _client = client;
        if (client is not null)
        {
            _epoll.Add(client.Fd, EpollEvents.In, ConnectionKey).OrThrow("epoll_ctl");
            _forwarding.Flush(client, Target);
            Resize(Target);
        }
    }
}
