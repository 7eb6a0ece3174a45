using System.Text;
using System.Text.Json;
using Shimd.Bench.Measuring;
using Shimd.Native;

namespace Shimd.Bench.Peers;

/// <summary>A client by hand: lines of JSON over a Unix socket, one request at a time, events kept in order.</summary>
internal sealed class AgentConnection : IDisposable
{
    private const int LimitMs = 60_000;

    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly Queue<JsonElement> _events = new();
    private readonly Dictionary<long, JsonElement> _replies = [];
    private int _start;
    private int _end;
    private long _lastId;

    private AgentConnection(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    /// <summary>Errors: ENOENT, ECONNREFUSED while nobody serves.</summary>
    public static SysResult<AgentConnection> TryConnect(string socket)
    {
        SysResult<Fd> connected = UnixSocket.Connect(socket, nonBlocking: false);
        return connected.IsOk ? SysResult<AgentConnection>.Of(new AgentConnection(connected.Value!)) : SysResult<AgentConnection>.Fail(connected.Error);
    }

    /// <summary>A request and its result.</summary>
    /// <exception cref="PeerException">It was answered with an error.</exception>
    public JsonElement Call(string method, object? parameters = null, params ReadOnlySpan<Fd> descriptors) => Result(Send(method, parameters, descriptors));

    public long Send(string method, object? parameters = null, params ReadOnlySpan<Fd> descriptors)
    {
        long id = ++_lastId;
        string fds = descriptors.Length > 0 ? $",\"fds\":{descriptors.Length}" : "";
        string line = $"{{\"id\":{id},\"method\":\"{method}\"{fds},\"params\":{JsonSerializer.Serialize(parameters ?? new { })}}}\n";
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(line);
        long sent = UnixSocket.Send(Fd, bytes, descriptors).OrThrow("sendmsg");
        if (sent < bytes.Length)
        {
            Fd.WriteAll(bytes[(int)sent..]).OrThrow("write");
        }

        return id;
    }

    /// <summary>The answer to that request; others, which may come before it, are kept.</summary>
    public JsonElement Result(long id)
    {
        JsonElement reply;
        while (!_replies.Remove(id, out reply))
        {
            Take(Next());
        }

        return reply.TryGetProperty("result", out JsonElement result) ? result : throw new PeerException($"the agent answered: {reply.GetProperty("error")}");
    }

    /// <summary>The next event of that type and container; others are dropped.</summary>
    public JsonElement NextEvent(string type, string id)
    {
        while (true)
        {
            while (_events.Count == 0)
            {
                Take(Next());
            }

            JsonElement next = _events.Dequeue();
            if (next.GetProperty("type").GetString() == type && next.GetProperty("id").GetString() == id)
            {
                return next;
            }
        }
    }

    /// <summary>How many events have come that nobody asked for, which are dropped.</summary>
    public int ForgetEvents()
    {
        int count = _events.Count;
        _events.Clear();
        return count;
    }

    public void Dispose() => Fd.Dispose();

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("method", out _))
        {
            _events.Enqueue(message.GetProperty("params"));
        }
        else
        {
            _replies.Add(message.GetProperty("id").GetInt64(), message);
        }
    }

    private JsonElement Next()
    {
        while (true)
        {
            int newline = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = JsonElement.Parse(_buffer.AsSpan(_start, newline));
                _start += newline + 1;
                return line;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (!Ready.Wait(Fd, LimitMs))
        {
            throw new PeerException($"the agent says nothing for {LimitMs / 1000} s");
        }

        long read = Fd.Read(_buffer.AsSpan(_end)).OrThrow("read");
        if (read == 0)
        {
            throw new PeerException("the agent has closed the connection");
        }

        _end += (int)read;
    }
}
