using System.Text;
using System.Text.Json;
using Shimd.Protocol;
using Xunit;
using static Shimd.Tests.Unit.Protocol.Samples;

namespace Shimd.Tests.Unit.Protocol;

public sealed class LineWriterTests : IDisposable
{
    private readonly LineWriter _writer = new();

    public void Dispose() => _writer.Dispose();

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void WriteResult_LineLimit_ExactlyReachedOrTooLarge(int excess, bool fits)
    {
        const int Overhead = 43; // {"jsonrpc":"2.0","id":1,"result":{"x":""}}\n
        RawObject result = Big(65_535 - Overhead + excess);
        Assert.Equal(fits, _writer.WriteResult(Id("1"), result));
        string line = _writer.TakeAll();
        Assert.Equal(fits ? 65_535 : line.Length, line.Length);
        Assert.Equal(!fits, line.Contains("TOO_LARGE", StringComparison.Ordinal));
        Assert.Contains("\"id\":1,", line);
    }

    [Fact]
    public void WriteResult_TooLargeAfterOtherLines_OthersUntouched()
    {
        _writer.WriteResult(Id("1"), EmptyResult.Instance);
        _writer.WriteResult(Id("2"), Big(500_000));
        _writer.WriteResult(Id("3"), EmptyResult.Instance);
        string[] lines = _writer.TakeAll().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Contains("\"id\":1,\"result\"", lines[0]);
        Assert.Contains("\"id\":2,\"error\":{\"code\":1018", lines[1]);
        Assert.Contains("\"id\":3,\"result\"", lines[2]);
    }

    [Fact]
    public void WriteResult_ForeignJsonWithNewlines_OneLine()
    {
        _writer.WriteResult(Id("1"), new RawObject(JsonElement.Parse("{\n \"a\" : [ 1,\r\n 2 ] }")));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"a":[1,2]}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_WriteThrew_NextLineWhole()
    {
        ContainerInfo broken = Container() with { Bundle = new string('b', 100_000), Labels = new Broken() };
        Assert.Throws<InvalidOperationException>(() => _writer.WriteResult(Id("1"), broken));
        _writer.WriteError(Id("1"), ShimdException.Internal("bug"));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"bug","data":{"name":"INTERNAL"}}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteError_BadState_Golden()
    {
        _writer.WriteError(Id("\"q\""), ShimdException.BadState("delete", "running"));
        Assert.Equal(
            """{"jsonrpc":"2.0","id":"q","error":{"code":1003,"message":"cannot delete a container in the 'running' state","data":{"name":"BAD_STATE","status":"running","action":"delete"}}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteError_NoId_NullId()
    {
        _writer.WriteError(null, ShimdException.ParseError("bad"));
        Assert.Equal("""{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad","data":{"name":"PARSE_ERROR"}}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteError_RuntimeFailed_Golden()
    {
        RuntimeFailure failure = new() { Name = "crun", Args = ["create", "web"], Exit = 1, Message = "no such file" };
        _writer.WriteError(Id("1"), ShimdException.RuntimeFailed("create", failure));
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"error":{"code":1014,"message":"crun create failed: no such file","data":{"name":"RUNTIME_FAILED","action":"create","runtime":{"name":"crun","args":["create","web"],"exit":1,"message":"no such file"}}}}""" + "\n",
            _writer.TakeAll());
    }

    [Theory]
    [InlineData("é")]
    [InlineData("\0")]
    [InlineData("😀")]
    [InlineData("\n")]
    public void WriteError_HugeTexts_TruncatedToOneValidLine(string unit)
    {
        string huge = string.Concat(Enumerable.Repeat(unit, 200_000));
        RuntimeFailure failure = new() { Name = huge, Args = [.. Enumerable.Repeat(huge, 50)], Exit = 1, Message = huge };
        ErrorData data = new() { Name = "", Status = huge, Action = huge, Path = huge, Errno = huge, Instance = huge, Reason = huge, Epoch = huge, Runtime = failure };
        _writer.WriteError(Id("1"), new ShimdException(ErrorCode.RuntimeFailed, huge, data));
        string line = _writer.TakeAll();
        JsonElement error = JsonElement.Parse(line).GetProperty("error");
        Assert.EndsWith("…", error.GetProperty("message").GetString());
        Assert.EndsWith("…", error.GetProperty("data").GetProperty("runtime").GetProperty("message").GetString());
        Assert.DoesNotContain('\uFFFD', error.GetProperty("message").GetString()!);
        Assert.Equal("RUNTIME_FAILED", error.GetProperty("data").GetProperty("name").GetString());
    }

    [Fact]
    public void Advance_PartialWrites_SameBytesInOrder()
    {
        StringBuilder expected = new();
        StringBuilder sent = new();
        for (int i = 0; i < 500; i++)
        {
            _writer.WriteResult(RequestId.Of(i), EmptyResult.Instance);
            expected.Append(System.Globalization.CultureInfo.InvariantCulture, $"{{\"jsonrpc\":\"2.0\",\"id\":{i},\"result\":{{}}}}\n");
            Send(sent, Math.Min(_writer.Pending, (i * 31 % 60) + 1));
        }

        while (_writer.Pending > 0)
        {
            Send(sent, Math.Min(_writer.Pending, 7));
        }

        Assert.Equal(expected.ToString(), sent.ToString());
        Assert.True(_writer.Peek().IsEmpty);
    }

    [Fact]
    public void Capacity_AfterDrainingMuch_GivenBack()
    {
        for (int i = 0; i < 30_000; i++)
        {
            _writer.WriteResult(RequestId.Of(i), EmptyResult.Instance);
        }

        Assert.True(_writer.Capacity >= _writer.Pending);
        _writer.Advance(_writer.Pending);
        Assert.True(_writer.Capacity <= 4_096);
    }

    [Fact]
    public void Advance_MoreThanPending_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => _writer.Advance(1));

    private static RawObject Big(int length) => new(JsonElement.Parse($$"""{"x":"{{new string('x', length)}}"}"""));

    private void Send(StringBuilder sent, int count)
    {
        sent.Append(Encoding.UTF8.GetString(_writer.Peek().Span[..count]));
        _writer.Advance(count);
    }

    private sealed class Broken : Dictionary<string, string>, IReadOnlyDictionary<string, string>, IEnumerable<KeyValuePair<string, string>>
    {
        IEnumerator<KeyValuePair<string, string>> IEnumerable<KeyValuePair<string, string>>.GetEnumerator() => throw new InvalidOperationException();
    }
}
