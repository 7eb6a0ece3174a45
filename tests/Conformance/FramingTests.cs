using System.Text;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Bytes into lines.</summary>
public sealed class FramingTests : ConformanceTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public void Input_AByteAtATime_IsOneRequest()
    {
        Wire wire = Connect();
        foreach (char character in Hello(1) + "\n")
        {
            Assert.True(wire.Send($"{character}"));
        }

        Assert.Equal("1: ok", wire.Answer());
    }

    [Fact]
    public void Input_ManyLinesInOneWrite_AreAnsweredInOrder()
    {
        Wire wire = Connect();
        wire.SendLines(Enumerable.Range(1, 1000).Select(Hello));

        Assert.Equal(Enumerable.Range(1, 1000).Select(id => $"{id}: ok"), wire.Answers(1000));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n\n\r\n\n")]
    public void Input_OtherLineEnds_AreAccepted(string lineEnd)
    {
        Wire wire = Connect();
        wire.Send(lineEnd + Hello(1) + lineEnd + Hello(2) + lineEnd);

        Assert.Equal(["1: ok", "2: ok"], wire.Answers(2));
    }

    [Theory]
    [InlineData("""{"id":1,"method":"hello"}""", "1: ok")]
    [InlineData("""{"id":1,"method":"hello"}""" + "\r", "1: ok")]
    [InlineData("""{"id":1,"method":"hello""", "null: PARSE_ERROR")]
    [InlineData("""{"id":1,"method":"hello"}}""", "null: PARSE_ERROR")]
    [InlineData("x", "null: PARSE_ERROR")]
    public void Input_EndsWithoutNewline_IsExecutedOnlyIfComplete(string rest, string answer)
    {
        Wire wire = Connect();
        wire.Send(rest);
        wire.HalfClose();

        Assert.Equal([answer], wire.AnswersToTheEnd());
    }

    [Fact]
    public void Input_NothingAtAll_EndsWithoutAWord()
    {
        Wire wire = Connect();
        wire.HalfClose();

        Assert.Null(wire.Line());
    }

    [Theory]
    [InlineData(Megabyte, "\n", "1: ok")]
    [InlineData(Megabyte, "\r\n", "1: ok")]
    [InlineData(Megabyte + 1, "\n", "null: TOO_LARGE")]
    [InlineData(Megabyte + 1, "\r\n", "null: TOO_LARGE")]
    public void Line_OfOneMebibyte_IsTheLongest(int length, string lineEnd, string answer)
    {
        Wire wire = Connect();
        Assert.True(wire.Send(Hello(1).PadRight(length) + lineEnd + Hello(2) + "\n"));

        Assert.Equal([answer, "2: ok"], wire.Answers(2));
    }

    [Fact]
    public void Line_OfAHundredMegabytes_CostsNoMemory()
    {
        Wire wire = Connect();
        byte[] piece = Encoding.ASCII.GetBytes(new string('x', Megabyte));
        int most = 0;
        for (int turn = 0; turn < 100; turn++)
        {
            Assert.True(wire.Send(piece));
            AskBystander();
            most = Math.Max(most, ProcFs.PrivateDirtyKilobytes(Scene.Agent.Pid));
        }

        wire.Send("\n" + Hello(1) + "\n");

        Assert.Equal(["null: TOO_LARGE", "1: ok"], wire.Answers(2));
        Assert.InRange(most, 0, 16 * 1024);
    }

    [Fact]
    public void Line_BegunAndLeft_EndsTheConnectionAfterThirtySeconds()
    {
        Wire idle = Connect();
        Wire wire = Connect();
        Wire tooLong = Connect();
        wire.SendLines(Hello(1));
        Assert.Equal("1: ok", wire.Answer());
        wire.Send("""{"id":2,"me""");
        Assert.True(tooLong.Send(new string('x', 2 * Megabyte)));
        Assert.Equal("null: TOO_LARGE", tooLong.Answer());

        foreach (Wire left in (Wire[])[wire, tooLong])
        {
            string line = Assert.IsType<string>(left.Line(timeoutMs: 60_000));
            Assert.Contains("\"TIMEOUT\"", line, StringComparison.Ordinal);
            Assert.Contains("\"id\":null", line, StringComparison.Ordinal);
            Assert.Null(left.Line());
        }

        idle.SendLines(Hello(3));
        Assert.Equal("3: ok", idle.Answer());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP")]
    [InlineData("POST /create HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", "HTTP")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP")]
    [InlineData("Content-Length: 29\r\n\r\n{\"id\":1,\"method\":\"hello\"}", "headers")]
    [InlineData("content-length:29\r\n\r\n{\"id\":1,\"method\":\"hello\"}\n", "headers")]
    public void FirstLine_OfAnotherProtocol_GetsOneHintAndTheEnd(string input, string words)
    {
        Wire wire = Connect();
        wire.Send(input);

        Assert.Contains(words, wire.Problem(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("end", wire.Answer());
    }

    [Fact]
    public void SecondLine_OfAnotherProtocol_IsOnlyAMalformedLine()
    {
        Wire wire = Connect();
        wire.SendLines(Hello(1), "GET / HTTP/1.1", Hello(2));

        Assert.Equal(["1: ok", "null: PARSE_ERROR", "2: ok"], wire.Answers(3));
    }
}
