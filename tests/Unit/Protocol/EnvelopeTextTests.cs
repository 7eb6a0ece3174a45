using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class EnvelopeTextTests
{
    [Theory]
    [InlineData("{")]
    [InlineData("""{"id":1,"method":"hello" """)]
    [InlineData("""{"id":1,"method":"hello"} {"id":2,"method":"hello"}""")]
    [InlineData("""{"id":1,"method":"hello"} x""")]
    [InlineData("""{"id":1,"method":"hello",}""")]
    [InlineData("""{"id":1 /* no */,"method":"hello"}""")]
    [InlineData("""{'id':1,'method':'hello'}""")]
    [InlineData("""{"id":01,"method":"hello"}""")]
    [InlineData("""{"id":NaN,"method":"hello"}""")]
    [InlineData("{\"id\":1,\"method\":\"hel\tlo\"}")]
    [InlineData("{\"id\":1,\"method\":\"hello\"}\0")]
    [InlineData("hello")]
    [InlineData("   ")]
    public void Parse_NotJson_ParseErrorWithNullId(string line)
    {
        Envelope envelope = AssertInvalid(line, ErrorCode.ParseError, null);
        Assert.True(envelope.IsMalformed);
        Assert.Contains("byte", envelope.Error!.Message);
    }

    [Theory]
    [InlineData("""{"id":7,"method":"a","method":"b"}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":{"k":1,"k":1}}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":[{"k":1,"\u006b":1}]}}""")]
    public void Parse_DuplicateKey_ParseErrorWithId(string line) =>
        Assert.Contains("twice", AssertInvalid(line, ErrorCode.ParseError, "7").Error!.Message);

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(5000)]
    public void Parse_DuplicateKeyAmongMany_ParseErrorWithId(int members)
    {
        string all = string.Join(',', Enumerable.Range(0, members).Select(i => $"\"k{i}\":{{}}"));
        Assert.Equal(EnvelopeKind.Request, Parse("""{"id":7,"method":"a","params":{"x":[{""" + all + "}]}}").Kind);

        foreach (string twin in (string[])["k0", $"k{members - 1}", "\\u006b0"])
        {
            AssertInvalid("""{"id":7,"method":"a","params":{"x":[{""" + all + $",\"{twin}\":1}}]}}}}", ErrorCode.ParseError, "7");
        }
    }

    [Theory]
    [InlineData("""{"id":1,"id":2,"method":"a"}""")]
    [InlineData("""{"id":1,"\u0069d":1,"method":"a"}""")]
    public void Parse_DuplicateId_ParseErrorWithNullId(string line) => AssertInvalid(line, ErrorCode.ParseError, null);

    [Theory]
    [InlineData(30, true)]
    [InlineData(31, false)]
    [InlineData(200, false)]
    public void Parse_Depth_AtMost32(int arrays, bool valid)
    {
        string line = $$$"""{"id":7,"method":"a","params":{"x":{{{new string('[', arrays)}}}{{{new string(']', arrays)}}}}}""";
        if (valid)
        {
            Assert.Equal(EnvelopeKind.Request, Parse(line).Kind);
        }
        else
        {
            Assert.Contains("deeper", AssertInvalid(line, ErrorCode.ParseError, "7").Error!.Message);
        }
    }

    [Fact]
    public void Parse_HundredThousandBrackets_ParseError() => AssertInvalid(new string('[', 100_000), ErrorCode.ParseError, null);

    [Theory]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\ud800"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\uDC00"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\ud800\ud800\udc00"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\ud83dx"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\ud83d\\ude00"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"\udfff":1}}""")]
    [InlineData("""{"id":7,"method":"a","\ud800":1}""")]
    public void Parse_LoneSurrogate_ParseErrorWithId(string line) =>
        Assert.Contains("surrogate", AssertInvalid(line, ErrorCode.ParseError, "7").Error!.Message);

    [Fact]
    public void Parse_LoneSurrogateInId_ParseErrorWithNullId() => AssertInvalid("""{"id":"\ud800","method":"a"}""", ErrorCode.ParseError, null);

    [Theory]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\\ud800"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\\\\"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"\uD83D\uDE00 \u00e9 \u0000"}}""")]
    [InlineData("""{"id":7,"method":"a","params":{"x":"😀é"}}""")]
    public void Parse_WellFormedEscapes_Request(string line) => Assert.Equal(EnvelopeKind.Request, Parse(line).Kind);

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    public void Parse_InvalidUtf8_ParseErrorWithNullId(byte[] bytes)
    {
        Envelope envelope = Envelope.Parse((byte[])[.. """{"id":7,"method":"a","params":{"x":" """u8, .. bytes, .. "\"}}"u8]);
        Assert.Equal(ErrorCode.ParseError, envelope.Error!.Code);
        Assert.Null(envelope.Id);
        Assert.Contains("UTF-8", envelope.Error.Message);
    }

    [Fact]
    public void Parse_ByteOrderMark_ParseError() =>
        Assert.Contains("byte order mark", AssertInvalid("\uFEFF{\"id\":7,\"method\":\"a\"}", ErrorCode.ParseError, null).Error!.Message);

    [Fact]
    public void Parse_EveryTruncation_ErrorWithoutException()
    {
        byte[] line = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":"\ud83d\ude00","method":"create","params":{"é":[1,-2.5e3,true,null]},"fds":0}""");
        for (int length = 0; length < line.Length; length++)
        {
            Assert.Equal(EnvelopeKind.Invalid, Envelope.Parse(line.AsMemory(0, length)).Kind);
        }
    }

    [Fact]
    public void Parse_EveryByteFlipped_NeverThrows()
    {
        byte[] line = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":"\ud83d\u0041","method":"create","params":{"é":[1,{"a":"\n"}]},"fds":0}""");
        for (int at = 0; at < line.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] mutated = (byte[])line.Clone();
                mutated[at] = (byte)value;
                Envelope envelope = Envelope.Parse(mutated, isFirstLine: true);
                Assert.Equal(envelope.Kind is EnvelopeKind.Invalid or EnvelopeKind.Foreign, envelope.Error is not null);
            }
        }
    }

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
