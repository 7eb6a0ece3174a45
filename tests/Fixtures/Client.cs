using System.Text;
using System.Text.Json;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>An error that the agent answered.</summary>
internal sealed record AgentReplyError(int Code, string Message, JsonElement Data)
{
    public string Name => Data.GetProperty("name").GetString()!;
}

/// <summary>
/// The protocol by hand: lines of JSON over a Unix socket. It shares no code with the agent or its client, so that a mistake in one
/// cannot hide in the other.
/// </summary>
internal sealed class Client : IDisposable
{
    private readonly Fd _fd;
    private readonly List<byte> _received = [];
    private readonly Dictionary<long, JsonElement> _replies = [];
    private readonly Queue<JsonElement> _events = new();
    private long _lastId;

    private Client(Fd fd) => _fd = fd;

    public static Client Connect(string socket) => new(ConnectTo(socket));

    /// <summary>The bare connection.</summary>
    public static Fd ConnectTo(string socket)
    {
        using Fd directory = NativeFile.OpenDirectory(Path.GetDirectoryName(socket)!).OrThrow("open");
        return UnixSocket.Connect($"{directory.ProcPath}/{Path.GetFileName(socket)}", nonBlocking: false).OrThrow($"connect {socket}");
    }

    /// <summary>Sends a request and answers its id.</summary>
    public long Send(string method, object? parameters = null, params ReadOnlySpan<Fd> descriptors)
    {
        long id = ++_lastId;
        var request = new Dictionary<string, object> { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method };
        if (parameters is not null)
        {
            request["params"] = parameters;
        }

        if (descriptors.Length > 0)
        {
            request["fds"] = descriptors.Length;
        }

        SendRaw(JsonSerializer.Serialize(request) + "\n", descriptors);
        return id;
    }

    public void SendRaw(string text, params ReadOnlySpan<Fd> descriptors)
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        while (!bytes.IsEmpty)
        {
            int sent = (int)UnixSocket.Send(_fd, bytes, descriptors).OrThrow("sendmsg");
            bytes = bytes[sent..];
            descriptors = default;
        }
    }

    /// <summary>A request and its result; fails on an error.</summary>
    public JsonElement Call(string method, object? parameters = null, params ReadOnlySpan<Fd> descriptors)
        => Result(Send(method, parameters, descriptors));

    /// <summary>A request that must be refused, and the error.</summary>
    public AgentReplyError Refused(string method, object? parameters = null, params ReadOnlySpan<Fd> descriptors)
        => Error(Send(method, parameters, descriptors));

    public JsonElement Result(long id)
    {
        JsonElement reply = Reply(id);
        return reply.TryGetProperty("result", out JsonElement result)
            ? result
            : throw new InvalidOperationException($"the agent answered: {reply}");
    }

    public AgentReplyError Error(long id)
    {
        JsonElement reply = Reply(id);
        Assert.True(reply.TryGetProperty("error", out JsonElement error), $"it should have been refused: {reply}");
        return new AgentReplyError(error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!, error.GetProperty("data"));
    }

    /// <summary>True when the answer is there by now, or comes within the time.</summary>
    public bool IsAnswered(long id, int withinMs = 0)
    {
        while (!_replies.ContainsKey(id) && TryReceive(withinMs))
        {
        }

        return _replies.ContainsKey(id);
    }

    /// <summary>The params of the next event.</summary>
    public JsonElement NextEvent()
    {
        while (_events.Count == 0)
        {
            Receive();
        }

        return _events.Dequeue();
    }

    /// <summary>The params of the next event, if one comes within the time.</summary>
    public bool TryNextEvent(out JsonElement next, int withinMs)
    {
        while (_events.Count == 0 && TryReceive(withinMs))
        {
        }

        return _events.TryDequeue(out next);
    }

    /// <summary>The next event of that type (and container); those before it are dropped.</summary>
    public JsonElement NextEvent(string type, string? id = null)
    {
        while (true)
        {
            JsonElement next = NextEvent();
            if (next.GetProperty("type").GetString() == type && (id is null || next.GetProperty("id").GetString() == id))
            {
                return next;
            }
        }
    }

    /// <summary>Waits for the agent to close the connection.</summary>
    public void WaitForClose()
    {
        while (TryReceive(Ready.DeadlineMs))
        {
        }

        Assert.True(IsClosed, "the agent has not closed the connection");
    }

    public bool IsClosed { get; private set; }

    public void Dispose() => _fd.Dispose();

    /// <summary>The answer, whichever it is.</summary>
    public JsonElement Reply(long id)
    {
        while (!_replies.ContainsKey(id))
        {
            Receive();
        }

        _ = _replies.Remove(id, out JsonElement reply);
        return reply;
    }

    private void Receive() => Assert.True(TryReceive(Ready.DeadlineMs), IsClosed ? "the agent has closed the connection" : "the agent says nothing");

    /// <summary>Takes in what comes; false when nothing did, or the agent has closed.</summary>
    private bool TryReceive(int timeoutMs)
    {
        if (IsClosed || Ready.Wait(_fd, EpollEvents.In, timeoutMs) == EpollEvents.None)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[16 * 1024];
        SysResult read = _fd.Read(buffer);
        if (!read.IsOk || read.Value == 0)
        {
            IsClosed = true;
            return false;
        }

        _received.AddRange(buffer[..(int)read.Value]);
        while (_received.IndexOf((byte)'\n') is var end and >= 0)
        {
            Take(JsonElement.Parse(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received)[..end]));
            _received.RemoveRange(0, end + 1);
        }

        return true;
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("method", out JsonElement method))
        {
            Assert.Equal("event", method.GetString());
            _events.Enqueue(message.GetProperty("params"));
        }
        else
        {
            JsonElement id = message.GetProperty("id");
            Assert.True(id.ValueKind == JsonValueKind.Number, $"an answer to no request: {message}");
            _replies.Add(id.GetInt64(), message);
        }
    }
}
