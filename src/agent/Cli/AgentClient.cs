using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>A connection to the agent. Blocks: a client does one thing. Who has to hear of signals meanwhile waits for
/// <see cref="Fd"/> to become readable and calls <see cref="Fill"/> and <see cref="TryTake"/> itself.</summary>
internal sealed class AgentClient : IDisposable
{
    private readonly LineReader _lines = new(Limits.MaxOutputLineBytes);
    private long _lastId;

    private AgentClient(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    /// <summary>Connects, or says why not and what to do about it.</summary>
    public static AgentClient Connect(ClientSettings settings)
    {
        SysResult<AgentClient> connected = TryConnect(settings);
        return connected.Value ?? throw Unreachable(settings, connected.Error);
    }

    /// <summary>The errors of <see cref="UnixSocket.ConnectAnywhere"/>.</summary>
    public static SysResult<AgentClient> TryConnect(ClientSettings settings)
    {
        SysResult<Fd> fd = UnixSocket.ConnectAnywhere(settings.Socket, nonBlocking: false);
        return fd.IsOk ? SysResult<AgentClient>.Of(new AgentClient(fd.Value!)) : SysResult<AgentClient>.Fail(fd.Error);
    }

    /// <summary>Sends a request, with descriptors if there are any, and returns its id. That the agent has gone is found out by
    /// reading: it may have said why.</summary>
    public long Send(string method, IWireObject parameters, ReadOnlySpan<Fd> descriptors = default)
    {
        long id = ++_lastId;
        var line = new OutputBuffer();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = MinimalEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc"u8, "2.0"u8);
            json.WriteNumber("id"u8, id);
            json.WriteString("method"u8, method);
            json.WritePropertyName("params"u8);
            new WireWriter(json).Value(parameters);
            if (!descriptors.IsEmpty)
            {
                json.WriteNumber("fds"u8, descriptors.Length);
            }

            json.WriteEndObject();
        }

        line.GetSpan(1)[0] = (byte)'\n';
        line.Advance(1);
        SendAll(line, descriptors);
        return id;
    }

    /// <summary>The next message; null when the agent has closed the connection.</summary>
    public AgentMessage? Read()
    {
        while (true)
        {
            if (TryTake() is { } message)
            {
                return message;
            }

            if (!Fill())
            {
                return null;
            }
        }
    }

    /// <summary>A message that has been read already; null when there is none.</summary>
    public AgentMessage? TryTake()
        => _lines.TryRead(out ReadOnlyMemory<byte> line) == LineStatus.Line ? AgentMessage.Parse(line.Span) : null;

    /// <summary>What was read behind the last message, where that was the last one: raw bytes from there on.</summary>
    public ReadOnlySpan<byte> Rest => _lines.Rest;

    /// <summary>Reads what has come, or waits for something to come; false at the end of the connection.</summary>
    public bool Fill()
    {
        SysResult read = Fd.Read(_lines.GetSpan());
        if (read.IsOk)
        {
            _lines.Commit((int)read.Value);
        }

        return read.Value > 0;
    }

    /// <summary>Waits for the reply to one request; events and other replies on the way are dropped.</summary>
    /// <exception cref="AgentErrorException">The agent answered with an error.</exception>
    public JsonElement Receive(long id)
    {
        while (Read() is { } message)
        {
            if (message.Error is { } error && (message.Id == id || message.Id is null))
            {
                throw new AgentErrorException(error);
            }

            if (message.Id == id)
            {
                return message.Result;
            }
        }

        throw Closed();
    }

    /// <summary>One request and its result.</summary>
    /// <exception cref="AgentErrorException">The agent answered with an error.</exception>
    public JsonElement Call(string method, IWireObject parameters, ReadOnlySpan<Fd> descriptors = default)
        => Receive(Send(method, parameters, descriptors));

    public void Dispose() => Fd.Dispose();

    /// <summary>The connection ended while something was still to come.</summary>
    public static CliException Closed() => new(
        ExitCodes.Unavailable,
        "the agent closed the connection before it had answered",
        "if it was restarted, try again: containers live on without it",
        "CONNECTION_LOST");

    private static CliException Unreachable(ClientSettings settings, Errno error)
    {
        (string message, string? hint) = error switch
        {
            Errno.ENOENT => ($"no agent: there is no socket {settings.Socket}", $"is it running? start it with: {settings.ServeCommand}"),
            Errno.ECONNREFUSED => ($"no agent listens on {settings.Socket}", $"it has ended; start it again with: {settings.ServeCommand}"),
            Errno.EACCES or Errno.EPERM => (
                $"not allowed to connect to {settings.Socket}",
                "be root, or let the agent admit a group: shimd serve --group NAME"),
            Errno.ENAMETOOLONG => ($"a socket's name is too long: {settings.Socket}", "choose a shorter one with --socket"),
            _ => ($"cannot connect to {settings.Socket}: {error.Describe()}", null),
        };
        return new CliException(ExitCodes.Unavailable, message, hint, "UNREACHABLE");
    }

    private void SendAll(OutputBuffer line, ReadOnlySpan<Fd> descriptors)
    {
        while (line.Pending > 0)
        {
            SysResult sent = UnixSocket.Send(Fd, line.Peek().Span, descriptors);
            if (!sent.IsOk)
            {
                return;
            }

            // They went with the first byte.
            descriptors = default;
            line.Consume((int)sent.Value);
        }
    }
}
