using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class EnvelopeTests
{
    [Fact]
    public void Parse_Request_AllMembers()
    {
        Envelope envelope = Parse("""{"jsonrpc":"2.0","id":"a1","method":"create","params":{"id":"web"},"fds":2}""");
        Assert.Equal(EnvelopeKind.Request, envelope.Kind);
        Assert.Equal("\"a1\"", envelope.Id!.ToString());
        Assert.Equal("create", envelope.Method);
        Assert.Equal("""{"id":"web"}""", TextOf(envelope.Params));
        Assert.Equal(2, envelope.Fds);
        Assert.False(envelope.IsMalformed);
    }

    [Fact]
    public void Parse_NoParams_EmptyObject()
    {
        Envelope envelope = Parse("""{"id":1,"method":"hello"}""");
        Assert.Equal(EnvelopeKind.Request, envelope.Kind);
        Assert.Equal("{}", TextOf(envelope.Params));
        Assert.Equal(0, envelope.Fds);
    }

    [Fact]
    public void Keep_BufferReusedAfterwards_EnvelopeUnchanged()
    {
        byte[] line = """{"id":"abc","method":"create","params":{"id":"web"}}"""u8.ToArray();
        Envelope envelope = Envelope.Parse(line);
        envelope.Keep();
        line.AsSpan().Fill((byte)'!');
        Assert.Equal("\"abc\"", envelope.Id!.ToString());
        Assert.Equal("create", envelope.Method);
        Assert.Equal("""{"id":"web"}""", TextOf(envelope.Params));
    }

    [Theory]
    [InlineData("""{"id":1,"method":"m","extra":{"a":[1]},"x-trace":null}""")]
    [InlineData("""  {"id":1,"method":"m"}	 """)]
    [InlineData("""{"method":"m","id":1}""")]
    public void Parse_UnknownMembersAndSpace_Ignored(string line) => Assert.Equal(EnvelopeKind.Request, Parse(line).Kind);

    [Theory]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("9007199254740991")]
    [InlineData("-9007199254740991")]
    [InlineData("\"\"")]
    [InlineData("\"caf\\u00e9\"")]
    [InlineData("\"\\ud83d\\ude00\"")]
    public void Parse_ValidId_KeptAsItCame(string id)
    {
        Envelope envelope = Parse($$"""{"id":{{id}},"method":"m"}""");
        Assert.Equal(EnvelopeKind.Request, envelope.Kind);
        Assert.Equal(id, envelope.Id!.ToString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1.5")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("9007199254740992")]
    [InlineData("-9007199254740992")]
    [InlineData("99999999999999999999999")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}")]
    public void Parse_InvalidId_InvalidRequestWithNullId(string id)
    {
        AssertInvalid($$"""{"id":{{id}},"method":"create"}""", ErrorCode.InvalidRequest, null);
        AssertInvalid($$$"""{"id":{{{id}}},"method":"$/cancelRequest","params":{"id":1}}""", ErrorCode.InvalidRequest, null);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Parse_StringIdLength_LimitedTo128Bytes(int length, bool valid)
    {
        Envelope ascii = Parse($$"""{"id":"{{new string('i', length)}}","method":"m"}""");
        Assert.Equal(valid ? EnvelopeKind.Request : EnvelopeKind.Invalid, ascii.Kind);
        Envelope wide = Parse($$"""{"id":"{{new string('é', 64)}}{{new string('x', length - 128)}}","method":"m"}""");
        Assert.Equal(valid ? EnvelopeKind.Request : EnvelopeKind.Invalid, wide.Kind);
    }

    [Fact]
    public void Parse_NoId_InvalidRequestAndNothingToExecute()
    {
        Envelope envelope = AssertInvalid("""{"jsonrpc":"2.0","method":"create","params":{"id":"web"}}""", ErrorCode.InvalidRequest, null);
        Assert.Equal("", envelope.Method);
    }

    [Theory]
    [InlineData("\"1.0\"")]
    [InlineData("2.0")]
    [InlineData("null")]
    [InlineData("2")]
    public void Parse_OtherJsonRpcVersion_InvalidRequestWithId(string version) =>
        AssertInvalid($$"""{"jsonrpc":{{version}},"id":7,"method":"hello"}""", ErrorCode.InvalidRequest, "7");

    [Theory]
    [InlineData("""{"id":7}""")]
    [InlineData("""{"id":7,"method":null}""")]
    [InlineData("""{"id":7,"method":5}""")]
    [InlineData("""{"id":7,"method":["hello"]}""")]
    [InlineData("""{"id":7,"result":{}}""")]
    [InlineData("""{"id":7,"method":"hello","params":null}""")]
    [InlineData("""{"id":7,"method":"hello","params":"x"}""")]
    public void Parse_WrongShape_InvalidRequestWithId(string line) => AssertInvalid(line, ErrorCode.InvalidRequest, "7");

    [Fact]
    public void Parse_PositionalParams_InvalidParamsWithIdAndNotMalformed()
    {
        Envelope envelope = AssertInvalid("""{"id":7,"method":"state","params":["web"]}""", ErrorCode.InvalidParams, "7");
        Assert.False(envelope.IsMalformed);
    }

    [Theory]
    [InlineData("""[{"id":1,"method":"hello"}]""")]
    [InlineData("[]")]
    public void Parse_Batch_InvalidRequestWithHint(string line) =>
        Assert.Contains("batches", AssertInvalid(line, ErrorCode.InvalidRequest, null).Error!.Message);

    [Theory]
    [InlineData("1")]
    [InlineData("\"hello\"")]
    [InlineData("null")]
    [InlineData("true")]
    public void Parse_NoObject_InvalidRequest(string line) => AssertInvalid(line, ErrorCode.InvalidRequest, null);

    [Theory]
    [InlineData("kill")]
    [InlineData("kil\\u006c")]
    public void Parse_MethodInAnySpelling_IsTheMethodThatChanges(string method)
    {
        Envelope envelope = Parse($$"""{"id":7,"method":"{{method}}"}""");
        Assert.Equal("kill", envelope.Method);
        Assert.True(envelope.Info!.Mutates);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("8", 8)]
    public void Parse_Fds_Count(string fds, int expected) => Assert.Equal(expected, Parse($$"""{"id":7,"method":"a","fds":{{fds}}}""").Fds);

    [Theory]
    [InlineData("9")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("[1]")]
    public void Parse_BadFds_FdErrorWithId(string fds) => AssertInvalid($$"""{"id":7,"method":"a","fds":{{fds}}}""", ErrorCode.FdError, "7");

    [Fact]
    public void Parse_BadFdsAndBadMethod_FdErrorWins() => AssertInvalid("""{"id":7,"fds":99}""", ErrorCode.FdError, "7");

    [Fact]
    public void Parse_CancelNotification_CancelWithoutId()
    {
        Envelope envelope = Parse("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"\u0061"}}""");
        Assert.Equal(EnvelopeKind.Cancel, envelope.Kind);
        Assert.Null(envelope.Id);
        Assert.Equal(Parse("""{"id":"a","method":"m"}""").Id, envelope.CancelId);
    }

    [Fact]
    public void Parse_CancelAsRequest_CancelWithId()
    {
        Envelope envelope = Parse("""{"id":9,"method":"$/cancelRequest","params":{"id":8}}""");
        Assert.Equal(EnvelopeKind.Cancel, envelope.Kind);
        Assert.Equal(RequestId.Of(9), envelope.Id);
        Assert.Equal(RequestId.Of(8), envelope.CancelId);
    }

    [Theory]
    [InlineData("""{"method":"$/cancelRequest"}""")]
    [InlineData("""{"method":"$/cancelRequest","params":{}}""")]
    [InlineData("""{"method":"$/cancelRequest","params":{"id":null}}""")]
    [InlineData("""{"method":"$/cancelRequest","params":{"id":1,"x":2}}""")]
    public void Parse_CancelWithoutTarget_InvalidParams(string line) =>
        Assert.Equal("id", AssertInvalid(line, ErrorCode.InvalidParams, null).Error!.Details.Path);

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("POST /v1/containers HTTP/1.0")]
    [InlineData("PRI * HTTP/2.0")]
    [InlineData("Content-Length: 52")]
    [InlineData("content-length:52")]
    [InlineData("Content-Type: application/json")]
    public void Parse_ForeignFirstLine_ForeignWithHint(string line)
    {
        Envelope envelope = Envelope.Parse(Encoding.UTF8.GetBytes(line), isFirstLine: true);
        Assert.Equal(EnvelopeKind.Foreign, envelope.Kind);
        Assert.Contains("send one JSON-RPC object a line", envelope.Error!.Message);
        Assert.Equal(EnvelopeKind.Invalid, Parse(line).Kind);
    }

    [Theory]
    [InlineData("hello HTTP/1.1 x")]
    [InlineData("GET /")]
    [InlineData("HTTP/1.1")]
    [InlineData("")]
    public void Parse_AlmostForeignFirstLine_ParseError(string line) =>
        Assert.Equal(ErrorCode.ParseError, Envelope.Parse(Encoding.UTF8.GetBytes(line), isFirstLine: true).Error!.Code);

    [Fact]
    public void Parse_JsonFirstLine_Request() =>
        Assert.Equal(EnvelopeKind.Request, Envelope.Parse("""{"id":1,"method":"hello"}"""u8.ToArray(), isFirstLine: true).Kind);

    private static string TextOf(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    private static Envelope Parse(string line) => Envelope.Parse(Encoding.UTF8.GetBytes(line));

    private static Envelope AssertInvalid(string line, ErrorCode code, string? id)
    {
        Envelope envelope = Parse(line);
        Assert.Equal(EnvelopeKind.Invalid, envelope.Kind);
        Assert.Equal(code, envelope.Error!.Code);
        Assert.Equal(id, envelope.Id?.ToString());
        return envelope;
    }
}
