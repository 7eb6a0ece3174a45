using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>
/// A connection on which a test sends bytes as it likes. It holds the agent to what is said of every line it sends: complete, one JSON
/// object in JSON-RPC's envelope, at most 65,535 bytes.
/// </summary>
internal sealed class Wire : IDisposable
{
    private const int MaxLineBytes = 65_535;

    private readonly Fd _fd;
    private readonly List<byte> _received = [];
    private bool _isAtEnd;

    private Wire(Fd fd)
    {
        _fd = fd;
        _fd.SetNonBlocking(true).OrThrow("fcntl");
    }

    public Fd Descriptor => _fd;

    public static Wire Connect(string socket)
    {
        using Fd directory = NativeFile.OpenDirectory(Path.GetDirectoryName(socket)!).OrThrow("open");
        return new Wire(UnixSocket.Connect($"{directory.ProcPath}/{Path.GetFileName(socket)}", nonBlocking: false).OrThrow($"connect {socket}"));
    }

    /// <summary>Sends all of it, however long the agent takes to read.</summary>
    /// <returns>False if the agent has closed the connection before.</returns>
    public bool Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<Fd> descriptors)
    {
        while (!bytes.IsEmpty)
        {
            int sent = TrySend(bytes, descriptors);
            if (sent < 0)
            {
                return false;
            }

            if (sent == 0)
            {
                Assert.True(Ready.Wait(_fd, EpollEvents.Out) != EpollEvents.None, "the agent does not read");
                continue;
            }

            descriptors = default;
            bytes = bytes[sent..];
        }

        return true;
    }

    public bool Send(string text, params ReadOnlySpan<Fd> descriptors) => Send(Encoding.UTF8.GetBytes(text), descriptors);

    /// <summary>Each a line.</summary>
    public void SendLines(params IEnumerable<string> lines) => Send(string.Concat(lines.Select(line => line + "\n")));

    /// <summary>The text, and so many descriptors with its first byte.</summary>
    public bool SendWithDescriptors(string text, int count)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        var descriptors = new Fd[count];
        Array.Fill(descriptors, nothing);
        return Send(text, descriptors);
    }

    /// <summary>What the socket takes at once: 0 when it is full, negative when the agent has closed.</summary>
    public int TrySend(ReadOnlySpan<byte> bytes, params ReadOnlySpan<Fd> descriptors)
    {
        SysResult sent = UnixSocket.Send(_fd, bytes, descriptors);
        return sent.IsOk ? (int)sent.Value : sent.WouldBlock ? 0 : -1;
    }

    public void HalfClose() => UnixSocket.HalfClose(_fd).OrThrow("shutdown");

    /// <summary>The next line; null at the end of the connection.</summary>
    public string? Line(int timeoutMs = Ready.DeadlineMs)
    {
        int end;
        while ((end = _received.IndexOf((byte)'\n')) < 0)
        {
            Assert.True(_received.Count < MaxLineBytes, "a line is longer than 65,535 bytes");
            if (_isAtEnd)
            {
                Assert.True(_received.Count == 0, "the connection ended in the middle of a line");
                return null;
            }

            Assert.True(Ready.Wait(_fd, EpollEvents.In, timeoutMs) != EpollEvents.None, "the agent says nothing");
            _ = Read();
        }

        Assert.True(end < MaxLineBytes, "a line is longer than 65,535 bytes");
        string line = Encoding.UTF8.GetString(_received.GetRange(0, end).ToArray());
        _received.RemoveRange(0, end + 1);
        return line;
    }

    /// <summary>The next message; fails at the end of the connection.</summary>
    public JsonElement Next()
    {
        string line = Line() ?? throw new InvalidOperationException("the agent has closed the connection");
        JsonElement message = JsonElement.Parse(line);
        Assert.Equal("2.0", message.Text("jsonrpc"));
        AssertIntegersAreSafe(message);
        Assert.True(message.TryGetProperty("method", out _) || (message.TryGetProperty("id", out _) && message.GetPropertyCount() == 3), line);
        return message;
    }

    /// <summary>The next message in short: <c>7: ok</c>, <c>null: PARSE_ERROR</c>, <c>event exit</c>, or <c>end</c>.</summary>
    public string Answer()
    {
        Fill();
        if (_received.Count == 0 && _isAtEnd)
        {
            return "end";
        }

        return Short(Next());
    }

    /// <summary>The next messages in short, so many.</summary>
    public string[] Answers(int count) => [.. Enumerable.Range(0, count).Select(_ => Answer())];

    /// <summary>Every message up to the end of the connection, in short.</summary>
    public List<string> AnswersToTheEnd()
    {
        List<string> answers = [];
        while (Answer() is var answer and not "end")
        {
            answers.Add(answer);
        }

        return answers;
    }

    /// <summary>The text of the error that comes next.</summary>
    public string Problem() => Next().GetProperty("error").Text("message");

    public static string Short(JsonElement message)
    {
        if (message.TryGetProperty("method", out JsonElement method))
        {
            Assert.Equal("event", method.GetString());
            return $"event {message.GetProperty("params").Text("type")}";
        }

        return $"{message.GetProperty("id").GetRawText()}: "
            + (message.TryGetProperty("error", out JsonElement error) ? error.GetProperty("data").Text("name") : "ok");
    }

    public void Dispose() => _fd.Dispose();

    /// <summary>Beyond 2^53−1 jq and every JavaScript client lose digits.</summary>
    private static void AssertIntegersAreSafe(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Number:
                Assert.True(element.TryGetInt64(out long number) && number is >= -9_007_199_254_740_991 and <= 9_007_199_254_740_991, element.GetRawText());
                break;
            case JsonValueKind.Array:
                Assert.All(element.EnumerateArray(), AssertIntegersAreSafe);
                break;
            case JsonValueKind.Object:
                Assert.All(element.EnumerateObject(), member => AssertIntegersAreSafe(member.Value));
                break;
        }
    }

    /// <summary>Waits for a byte or the end.</summary>
    private void Fill()
    {
        while (_received.Count == 0 && !_isAtEnd)
        {
            Assert.True(Ready.Wait(_fd) != EpollEvents.None, "the agent says nothing");
            _ = Read();
        }
    }

    private bool Read()
    {
        Span<byte> buffer = stackalloc byte[64 * 1024];
        SysResult read = _fd.Read(buffer);
        if (read.WouldBlock)
        {
            return false;
        }

        // A reset is an end, too, where the agent left unread what we had sent.
        _isAtEnd = !read.IsOk || read.Value == 0;
        _received.AddRange(buffer[..(int)(_isAtEnd ? 0 : read.Value)]);
        return !_isAtEnd;
    }
}
