using System.Runtime.InteropServices;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>
/// A process in the foreground: a container's, or one that exec adds. Its streams are our own, passed as descriptors: nothing is
/// copied, and its end of file is ours. What is left to do is to forward signals, and the size of a terminal, and to wait, over as
/// many agents as it takes.
/// </summary>
internal sealed class ForegroundRun : IDisposable
{
    private const ulong SignalKey = 0;
    private const ulong ConnectionKey = 1;
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
    private AgentClient? _client;
    private ForegroundTarget? _target;

    /// <param name="settings">Where the agent is.</param>
    /// <param name="id">The container.</param>
    /// <param name="terminal">Whether the process has a terminal, and ours becomes its keyboard.</param>
    /// <param name="endCommand">What to type to make an end of it.</param>
    /// <exception cref="CliException">The agent cannot be reached.</exception>
    public ForegroundRun(ClientSettings settings, string id, bool terminal, string endCommand)
    {
        _settings = settings;
        _id = id;
        _forwarding = new SignalForwarding(id, endCommand);
        _signals = new SignalFd(terminal ? [.. SignalForwarding.Signals, Signal.SIGWINCH] : SignalForwarding.Signals);
        _epoll.Add(_signals.Fd, EpollEvents.In, SignalKey).OrThrow("epoll_ctl");
        Use(AgentClient.Connect(_settings));
        _terminal = terminal ? ClientTerminal.Enter() : null;
    }

    /// <returns>The exit code: the container's.</returns>
    /// <exception cref="AgentErrorException">It could not be created or started.</exception>
    public int Run(CreateParams parameters, List<Fd> stdio, bool remove)
    {
        ContainerInfo container = Wire.Read<ContainerInfo>(Start(Methods.Run, parameters, stdio));
        return Stay(new ForegroundTarget(_id, container.Instance, null), remove);
    }

    /// <returns>The exit code: the process's.</returns>
    /// <exception cref="AgentErrorException">It could not be started.</exception>
    public int Exec(ExecParams parameters, List<Fd> stdio)
    {
        ContainerInfo container = Wire.Read<ContainerInfo>(Start(Methods.State, new ProcessParams { Id = _id }, []));
        JsonElement process = Start(Methods.Exec, parameters with { Instance = container.Instance }, stdio);
        return Stay(new ForegroundTarget(_id, container.Instance, Wire.Read<ExecResult>(process).Process), remove: true);
    }

    public void Dispose()
    {
        _terminal?.Dispose();
        _client?.Dispose();
        _signals.Dispose();
        _epoll.Dispose();
    }

    private JsonElement Start(string method, IWireObject parameters, List<Fd> stdio)
    {
        long request = _client!.Send(method, parameters, CollectionsMarshal.AsSpan(stdio));
        AgentMessage reply = Receive(request) ?? throw new CliException(
            ExitCodes.Unavailable,
            $"the agent went away before it had answered: {_id} may be running or not",
            $"when it is back, see: shimd state {_id}",
            "CONNECTION_LOST");
        return reply.Error is { } error ? throw new AgentErrorException(error) : reply.Result;
    }

    private int Stay(ForegroundTarget target, bool remove)
    {
        _target = target;
        _forwarding.Flush(_client!, target);
        Resize(); // it may have changed since the shim has looked
        ExitInfo exit = Wait(target);
        if (remove)
        {
            Delete(target);
        }

        return exit.Code ?? throw new CliException(
            ExitCodes.Unavailable, $"{_id} has ended, but its exit code is lost: {exit.Reason ?? "nobody saw it"}", name: "EXIT_LOST");
    }

    /// <summary>How it ended. The agent may come and go meanwhile: the container does not, and its exit can be asked for until it is
    /// deleted. The instance makes sure that it is still the one we mean.</summary>
    private ExitInfo Wait(ForegroundTarget target)
    {
        while (true)
        {
            AgentMessage? reply = Receive(_client!.Send(Methods.Wait, target.Wait));
            if (reply is { Error: null })
            {
                return Wire.Read<ExitInfo>(reply.Result);
            }

            if (reply?.Error is { } error && (ErrorCode)error.Code != ErrorCode.ShuttingDown)
            {
                throw new AgentErrorException(error);
            }

            Reconnect();
        }
    }

    private void Delete(ForegroundTarget target)
    {
        AgentMessage? reply = Receive(_client!.Send(Methods.Delete, target.Delete));
        if (reply is not { Error: null })
        {
            StandardOutput.ErrorLine($"shimd: {_id} was not deleted: {reply?.Error?.Message ?? "the agent has gone"}");
        }
    }

    /// <summary>The reply to a request, while signals are forwarded; null when the connection has ended.</summary>
    private AgentMessage? Receive(long request)
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
        }
    }

    /// <summary>False when the connection has ended.</summary>
    private bool WaitForInput()
    {
        bool open = true;
        SysResult count = _epoll.Wait(-1);
        for (int i = 0; i < count.OrThrow("epoll_wait"); i++)
        {
            if (_epoll.Result(i).Key == SignalKey)
            {
                TakeSignals();
            }
            else
            {
                open = _client!.Fill();
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
                Resize();
            }
            else
            {
                _forwarding.Add(signal, _client, _target);
            }
        }
    }

    private void Resize()
    {
        if (_terminal is not null && _client is not null && _target is not null && ClientTerminal.Size is { } size)
        {
            _client.Send(Methods.Resize, _target.Resize(size));
        }
    }

    private void Reconnect()
    {
        StandardOutput.ErrorLine($"shimd: the agent has gone; {_id} lives on, waiting for the agent to come back");
        Use(null);
        long deadline = TimerFd.Now() + (MaxAbsenceMs * NanosecondsPerMs);
        while (TimerFd.Now() < deadline)
        {
            if (_epoll.Wait(RetryMs).OrThrow("epoll_wait") > 0)
            {
                TakeSignals();
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
            _forwarding.Flush(client, _target);
            Resize();
        }
    }
}
