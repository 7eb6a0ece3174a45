using Shimd.Native;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

public sealed class SessionInputTests
{
    private const string State = """{"id":"s","method":"state","params":{"id":"s"}}""" + "\n";

    [Fact]
    public void Malformed_SixteenInARow_EndTheConnection() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Send(string.Concat(Enumerable.Repeat("{\n", Limits.MaxMalformedInRow - 1)) + State);
        session.Send(string.Concat(Enumerable.Repeat("{\n", Limits.MaxMalformedInRow)) + State);

        for (int i = 1; i < Limits.MaxMalformedInRow; i++)
        {
            Assert.Equal(": PARSE_ERROR", await session.AnswerAsync());
        }

        Assert.Equal("s: ok", await session.AnswerAsync());
        for (int i = 0; i < Limits.MaxMalformedInRow; i++)
        {
            Assert.Equal(": PARSE_ERROR", await session.AnswerAsync());
        }

        Assert.Equal("end", await session.AnswerAsync());
    });

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("Content-Length: 17\r\n")]
    public void Foreign_FirstLine_GetsAHintAndTheEnd(string line) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Send(line + State);

        Assert.Equal(": INVALID_REQUEST", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
    });

    [Theory]
    [InlineData("""{"id":"a","method":"state","fds":1,"params":{"id":"a"}}""", 0, "a: FD_ERROR")]
    [InlineData("""{"id":"a","method":"state","fds":2,"params":{"id":"a"}}""", 1, "a: FD_ERROR")]
    [InlineData("""{"id":"a","method":"state","fds":9,"params":{"id":"a"}}""", 8, "a: FD_ERROR")]
    [InlineData("""{"id":"a","method":"state","fds":8,"params":{"id":"a"}}""", 9, ": FD_ERROR")]
    [InlineData("{", 1, ": FD_ERROR")]
    public void Descriptors_Mismatch_EndsTheConnection(string line, int sent, string answer) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        SendWith(session, line + "\n", sent);
        session.Send(State);

        Assert.Equal(answer, await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
    });

    [Fact]
    public void Descriptors_NobodySpeaksOf_EndTheConnection() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        SendWith(session, State, 1);

        Assert.Equal("s: ok", await session.AnswerAsync());
        Assert.Equal(": FD_ERROR", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
    });

    [Fact]
    public void Descriptors_OfTheSecondLine_AreItsOwn() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Send(State);
        SendWith(session, """{"id":"a","method":"state","fds":2,"params":{"id":"a"}}""" + "\n", 2);

        Assert.Equal("s: ok", await session.AnswerAsync());
        Assert.Equal("a: ok", await session.AnswerAsync());
        session.Request("state", "b");
        Assert.Equal("b: ok", await session.AnswerAsync());
    });

    private static void SendWith(SessionHarness session, string text, int descriptors)
    {
        Fd[] sent = [.. Enumerable.Repeat(session.Client, descriptors)];
        UnixSocket.Send(session.Client, System.Text.Encoding.UTF8.GetBytes(text), sent).OrThrow("sendmsg");
    }
}
