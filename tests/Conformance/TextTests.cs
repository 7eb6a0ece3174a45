using System.Text;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Lines that are no request: each gets one error, nothing is executed, and the next line is read as if nothing had been.</summary>
public sealed class TextTests : ConformanceTests
{
    public static TheoryData<string, string> Malformed => new()
    {
        { "\0", "null: PARSE_ERROR" },
        { "{\"id\":1,\"method\":\"hello\"}\0", "null: PARSE_ERROR" },
        { "{\"id\":1,\"method\":\"hel\0lo\"}", "null: PARSE_ERROR" },
        { "\uFEFF{\"id\":1,\"method\":\"hello\"}", "null: PARSE_ERROR" },
        { """{"id":1,"method":"hello"} {"id":2,"method":"hello"}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"hello"}{"id":2,"method":"hello"}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"hello","id":2}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"hello","method":"list"}""", "1: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"limit":1,"limit":2}}""", "1: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"limit":1,"l\u0069mit":2}}""", "1: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"label":"\ud800"}}""", "1: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"label":"\udc00\ud800"}}""", "1: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"limit":NaN}}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"limit":-Infinity}}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"list","params":{"limit":1e400}}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"list","params":{"limit":123456789012345678901234567890}}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"list","params":{"limit":1.0}}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"list","params":{"limit":01}}""", "null: PARSE_ERROR" },
        { """{"id":1,"method":"list","fds":1e400}""", "1: FD_ERROR" },
        { """{"id":1e400,"method":"list"}""", "null: INVALID_REQUEST" },
        { """{"id":123456789012345678901234567890,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":9007199254740992,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":-9007199254740992,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":null,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":1.5,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":1e0,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":[1],"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":{},"method":"hello"}""", "null: INVALID_REQUEST" },
        { """{"id":true,"method":"hello"}""", "null: INVALID_REQUEST" },
        { """[{"id":1,"method":"hello"}]""", "null: INVALID_REQUEST" },
        { "[]", "null: INVALID_REQUEST" },
        { "1", "null: INVALID_REQUEST" },
        { "null", "null: INVALID_REQUEST" },
        { "\"hello\"", "null: INVALID_REQUEST" },
        { "{}", "null: INVALID_REQUEST" },
        { """{"id":1}""", "1: INVALID_REQUEST" },
        { """{"id":1,"method":5}""", "1: INVALID_REQUEST" },
        { """{"id":1,"jsonrpc":"1.0","method":"hello"}""", "1: INVALID_REQUEST" },
        { """{"id":1,"jsonrpc":2.0,"method":"hello"}""", "1: INVALID_REQUEST" },
        { """{"id":1,"method":"list","params":[1]}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"list","params":null}""", "1: INVALID_REQUEST" },
        { """{"id":1,"method":"list","params":"x"}""", "1: INVALID_REQUEST" },
        { """{"id":1,"method":"Hello"}""", "1: METHOD_NOT_FOUND" },
        { """{"id":1,"method":""}""", "1: METHOD_NOT_FOUND" },
        { """{"id":1,"method":"event"}""", "1: METHOD_NOT_FOUND" },
        { """{"id":1,"method":"list","params":{"limt":1}}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"hello","params":{"x":1}}""", "1: INVALID_PARAMS" },
        { """{"id":1,"method":"subscribe","params":{"since":{"epoch":"x","seq":1,"more":1}}}""", "1: INVALID_PARAMS" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Line_Malformed_GetsOneErrorAndTheNextIsRead(string line, string answer)
    {
        Wire wire = Connect();
        wire.SendLines(line, Hello(99));

        Assert.Equal([answer, answer.EndsWith("FD_ERROR", StringComparison.Ordinal) ? "end" : "99: ok"], wire.Answers(2));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0x80 })]
    public void Line_NotUtf8_IsRefused(byte[] bytes)
    {
        Wire wire = Connect();
        wire.Send([.. """{"id":1,"method":"list","params":{"label":" """u8, .. bytes, .. "\"}}\n"u8, .. Encoding.ASCII.GetBytes(Hello(2)), (byte)'\n']);

        Assert.Equal(["null: PARSE_ERROR", "2: ok"], wire.Answers(2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(100)]
    [InlineData(2_000)]
    public void Line_ADuplicateAmongManyKeys_IsOnlyThatLinesError(int members)
    {
        string all = string.Join(',', Enumerable.Range(0, members).Select(i => $"\"k{i}\":1"));
        Wire wire = Connect();
        for (int turn = 0; turn < 50; turn++)
        {
            wire.SendLines($$"""{"id":1,"method":"list",{{all}},"k0":2}""", Hello(2));
            Assert.Equal(["1: PARSE_ERROR", "2: ok"], wire.Answers(2));
        }
    }

    [Theory]
    [InlineData(30, "1: INVALID_PARAMS")]
    [InlineData(31, "1: PARSE_ERROR")]
    [InlineData(100_000, "null: PARSE_ERROR")]
    public void Line_Depth_IsAtMost32(int arrays, string answer)
    {
        Wire wire = Connect();
        wire.SendLines($$$"""{"id":1,"method":"list","params":{"x":{{{new string('[', arrays)}}}{{{new string(']', arrays)}}}}}""", Hello(2));

        Assert.Equal([answer, "2: ok"], wire.Answers(2));
    }

    [Fact]
    public void Lines_Malformed_SixteenInARowEndTheConnection()
    {
        Wire wire = Connect();
        wire.SendLines([.. Enumerable.Repeat("x", 15), Hello(1), .. Enumerable.Repeat("x", 17), Hello(2)]);

        Assert.Equal([.. Enumerable.Repeat("null: PARSE_ERROR", 15), "1: ok", .. Enumerable.Repeat("null: PARSE_ERROR", 16)], wire.AnswersToTheEnd());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("9007199254740991")]
    [InlineData("-9007199254740991")]
    [InlineData("\"\"")]
    [InlineData("\"7\"")]
    [InlineData("\"a\\u0062\\n\\u00e9é\\ud83d\\ude00\"")]
    public void Id_Valid_IsEchoedByteForByte(string id)
    {
        Wire wire = Connect();
        wire.SendLines($$"""{"method":"hello","x":[{"y":null}],"id":{{id}}}""");

        Assert.StartsWith($$"""{"jsonrpc":"2.0","id":{{id}},"result":{""", wire.Line(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Id_Length_IsAtMost128Bytes(int length, bool valid)
    {
        Wire wire = Connect();
        string id = "é" + new string('x', length - 2);
        wire.SendLines($$"""{"id":"{{id}}","method":"hello"}""");

        Assert.Equal(valid ? $"\"{id}\": ok" : "null: INVALID_REQUEST", wire.Answer());
    }

    [Fact]
    public void Nothing_OfTheseLines_IsExecuted()
    {
        Wire wire = Connect();
        string id = Scene.NewId();
        string bundle = Scene.Payload();
        wire.SendLines(
            $$$$"""{"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}"}}""",
            $$$$"""{"id":null,"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}"}}""",
            $$$$"""{"id":1.0,"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}"}}""",
            $$$$"""[{"id":2,"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}"}}]""",
            $$$$"""{"id":3,"method":"create","params":["{{{{id}}}}","{{{{bundle}}}}"]}""",
            $$$$"""{"id":4,"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}","x":1}}""",
            $$$$$"""{"id":5,"method":"create","params":{"id":"{{{{{id}}}}}","bundle":"{{{{{bundle}}}}}","stdio":{"stdout":{"fifo":"/x","y":1}}}}""",
            $$$$"""{"id":6,"method":"create","params":{"id":"{{{{id}}}}","bundle":"{{{{bundle}}}}"},"id":6}""",
            """{"id":7,"method":"list"}""");

        Assert.Equal(
            [
                "null: INVALID_REQUEST", "null: INVALID_REQUEST", "null: INVALID_REQUEST", "null: INVALID_REQUEST",
                "3: INVALID_PARAMS", "4: INVALID_PARAMS", "5: INVALID_PARAMS", "null: PARSE_ERROR",
            ],
            wire.Answers(8));
        Assert.Empty(wire.Next().GetProperty("result").GetProperty("containers").EnumerateArray());
        Assert.Empty(Scene.Fake.Calls);
    }
}
