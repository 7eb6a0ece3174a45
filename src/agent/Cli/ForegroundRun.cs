using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>
/// A container in the foreground. Its streams are our own, passed as descriptors: nothing is copied, and its end of file is ours.
/// What is left to do is to forward signals and to wait, over as many agents as it takes.
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
    private readonly SignalFd _signals = new(SignalForwarding.Signals);
    private readonly SignalForwarding _forwarding;
    private AgentClient? _client;
    private string? _instance;

    public ForegroundRun(ClientSettings settings, string id)
    {
        _settings = settings;
        _id = id;
        _forwarding = new SignalForwarding(id);
        _epoll.Add(_signals.Fd, EpollEvents.In, SignalKey).OrThrow("epoll_ctl");
    }

    /// <returns>The exit code: the container's.</returns>
    /// <exception cref="AgentErrorException">It could not be created or started.</exception>
    public int Run(CreateParams parameters, List<Fd> stdio, bool remove)
    {
        Use(AgentClient.Connect(_settings));
        ContainerInfo container = Start(parameters, stdio);
        _instance = container.Instance;
        _forwarding.Flush(_client!, _instance);
        ExitInfo exit = Wait();
        if (remove)
        {
            Delete();
        }

        return exit.Code ?? throw new CliException(
            ExitCodes.Unavailable, $"{_id} has ended, but its exit code is lost: {exit.Reason ?? "nobody saw it"}", name: "EXIT_LOST");
    }

    public void Dispose()
    {
        _client?.Dispose();
        _signals.Dispose();
        _epoll.Dispose();
    }

    private ContainerInfo Start(CreateParams parameters, List<Fd> stdio)
    {
        long request = _client!.Send(Methods.Run, parameters, CollectionsMarshal.AsSpan(stdio));
        AgentMessage reply = Receive(request) ?? throw new CliException(
            ExitCodes.Unavailable,
            $"the agent went away before it had answered: {_id} may be running or not",
            $"when it is back, see: shimd state {_id}",
            "CONNECTION_LOST");
        return reply.Error is { } error
            ? throw new AgentErrorException(error)
            : Wire.Read<ContainerInfo>(reply.Result);
    }

    /// <summary>How it ended. The agent may come and go meanwhile: the container does not, and its exit can be asked for until it is
    /// deleted. The instance makes sure that it is still the one we mean.</summary>
    private ExitInfo Wait()
    {
        while (true)
        {
            var parameters = new WaitParams { Id = _id, Instance = _instance };
            AgentMessage? reply = Receive(_client!.Send(Methods.Wait, parameters));
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

    private void Delete()
    {
        var parameters = new DeleteParams { Id = _id, Instance = _instance };
        AgentMessage? reply = Receive(_client!.Send(Methods.Delete, parameters));
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
            _forwarding.Add(signal, _client, _instance);
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
            _forwarding.Flush(client, _instance);
        }
    }
}
