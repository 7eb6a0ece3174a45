using System.Runtime.InteropServices;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>
/// A process in the foreground: a container's, one that exec adds, or one that we attach to. Without a terminal its streams are our
/// own, passed as descriptors: nothing is copied, and its end of file is ours. With one, or where we came later, they are attached.
/// What is left to do is to forward signals, and the size of a terminal, and to wait, over as many agents as it takes.
/// </summary>
internal sealed class ForegroundRun : IDisposable
{
    private readonly string _id;
    private readonly ForegroundLoop _loop;

    /// <inheritdoc cref="ForegroundLoop(ClientSettings, string, bool, string, bool)"/>
    public ForegroundRun(ClientSettings settings, string id, bool terminal, string endCommand, bool forwards = true)
    {
        _id = id;
        _loop = new ForegroundLoop(settings, id, terminal, endCommand, forwards);
    }

    /// <returns>The exit code: the container's.</returns>
    /// <exception cref="AgentErrorException">It could not be created or started.</exception>
    public int Run(CreateParams parameters, List<Fd> stdio, bool remove)
    {
        ContainerInfo container = Wire.Read<ContainerInfo>(Start(Methods.Run, parameters, stdio));
        return Stay(new ForegroundTarget(_id, container.Instance, null), remove);
    }

    /// <summary>A container whose terminal is attached from before its first word on, and has its size by then.</summary>
    /// <returns>The exit code: the container's.</returns>
    /// <exception cref="AgentErrorException">It could not be created or started; nothing is left of it then.</exception>
    public int RunAttached(CreateParams parameters, DetachKeys detachKeys, bool remove)
    {
        using Fd passed = PassClient(detachKeys);
        parameters = parameters with { Stdio = AttachedStdio };
        bool startsItself = parameters.RestoreFrom is not null;
        ContainerInfo container = Wire.Read<ContainerInfo>(Start(startsItself ? Methods.Run : Methods.Create, parameters, [passed]));
        passed.Dispose();
        var target = new ForegroundTarget(_id, container.Instance, null);
        if (!startsItself)
        {
            _loop.Resize(target);
            try
            {
                _ = Start(Methods.Start, new ContainerParams { Id = _id, Instance = container.Instance }, []);
            }
            catch (AgentErrorException)
            {
                _ = _loop.Receive(_loop.Send(Methods.Delete, target.Delete with { Force = true }));
                throw;
            }
        }

        return Stay(target, remove);
    }

    /// <summary>A process with a terminal, which is attached from before its first word on, and has its size by then.</summary>
    /// <returns>The exit code: the process's.</returns>
    /// <exception cref="AgentErrorException">It could not be started.</exception>
    public int ExecAttached(ExecParams parameters, DetachKeys detachKeys)
    {
        using Fd passed = PassClient(detachKeys);
        TerminalSize? size = ClientTerminal.Size;
        ForegroundTarget target = StartExec(parameters with { Stdio = AttachedStdio, Columns = size?.Columns, Rows = size?.Rows }, [passed]);

        // The shim's alone from here on: its end is to be the end.
        passed.Dispose();
        return Stay(target, remove: true);
    }

    /// <summary>Stays with a process that is there already, over sockets that are attached to it.</summary>
    /// <param name="target">The process.</param>
    /// <param name="detachKeys">Null where it has no terminal.</param>
    /// <param name="hasErrors">Whether stderr comes apart.</param>
    /// <param name="attach">Adds the socket for a descriptor of ours; false when the process has ended. Called again when we were cut off.</param>
    /// <returns>The exit code: the process's.</returns>
    public int Attach(ForegroundTarget target, DetachKeys? detachKeys, bool hasErrors, Func<AttachedStreams, int, bool> attach)
    {
        AttachedStreams streams = _loop.Attach(detachKeys);
        _ = attach(streams, 1) && hasErrors && attach(streams, 2);
        _loop.OnCut = attach;
        return Stay(target, remove: false);
    }

    /// <returns>The exit code: the process's.</returns>
    /// <exception cref="AgentErrorException">It could not be started.</exception>
    public int Exec(ExecParams parameters, List<Fd> stdio) => Stay(StartExec(parameters, stdio), remove: true);

    public void Dispose() => _loop.Dispose();

    private ForegroundTarget StartExec(ExecParams parameters, List<Fd> stdio)
    {
        ContainerInfo container = Wire.Read<ContainerInfo>(Start(Methods.State, new ProcessParams { Id = _id }, []));
        JsonElement process = Start(Methods.Exec, parameters with { Instance = container.Instance }, stdio);
        return new ForegroundTarget(_id, container.Instance, Wire.Read<ExecResult>(process).Process);
    }

    private static StdioParams AttachedStdio { get; } = new()
    {
        Stdin = new StdioSpec(StdioKind.Attach),
        Stdout = new StdioSpec(StdioKind.Attach),
        Stderr = new StdioSpec(StdioKind.Attach),
        Client = new StdioSpec(StdioKind.Fd, Fd: 0),
    };

    /// <summary>Begins to use one end of a connection; the other one is for the shim.</summary>
    private Fd PassClient(DetachKeys detachKeys)
    {
        UnixSocket.Pair(out Fd? ours, out Fd? theirs).OrThrow("socketpair");
        _loop.Attach(detachKeys).Add(ours!, 1, takesInput: true);
        return theirs!;
    }

    private JsonElement Start(string method, IWireObject parameters, List<Fd> stdio)
    {
        long request = _loop.Send(method, parameters, CollectionsMarshal.AsSpan(stdio));
        AgentMessage reply = _loop.Receive(request) ?? throw new CliException(
            ExitCodes.Unavailable,
            $"the agent went away before it had answered: {_id} may be running or not",
            $"when it is back, see: shimd state {_id}",
            "CONNECTION_LOST");
        return reply.Error is { } error ? throw new AgentErrorException(error) : reply.Result;
    }

    private int Stay(ForegroundTarget target, bool remove)
    {
        _loop.Target = target;
        ExitInfo exit = Wait(target);
        while (_loop.Streams is { IsOver: false })
        {
            // What it said before it ended.
            if (!_loop.WaitForInput())
            {
                _loop.Reconnect();
            }
        }

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
            AgentMessage? reply = _loop.Receive(_loop.Send(Methods.Wait, target.Wait));
            if (reply is { Error: null })
            {
                return Wire.Read<ExitInfo>(reply.Result);
            }

            if (reply?.Error is { } error && (ErrorCode)error.Code != ErrorCode.ShuttingDown)
            {
                throw new AgentErrorException(error);
            }

            _loop.Reconnect();
        }
    }

    private void Delete(ForegroundTarget target)
    {
        AgentMessage? reply = _loop.Receive(_loop.Send(Methods.Delete, target.Leave));
        if (reply?.Error is { } error && (ErrorCode)error.Code == ErrorCode.InvalidParams)
        {
            // An agent that is older than this client, and does not know of it.
            reply = _loop.Receive(_loop.Send(Methods.Delete, target.Delete));
        }

        if (reply is not { Error: null })
        {
            StandardOutput.ErrorLine($"shimd: {_id} was not deleted: {reply?.Error?.Message ?? "the agent has gone"}");
        }
    }
}
