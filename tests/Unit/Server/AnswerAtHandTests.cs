using Shimd.Native;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

/// <summary>Requests that are answered as they are read, and when they are not.</summary>
public sealed class AnswerAtHandTests
{
    /// <summary>More than one turn's, and fewer than a socket holds.</summary>
    private const int Several = 200;

    [Fact]
    public void Asked_IsAnsweredWithoutACall() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        for (int i = 0; i < Several; i++)
        {
            session.Request("state", $"s{i}");
        }

        session.Request("start", "a");
        for (int i = 0; i < Several; i++)
        {
            Assert.Equal($"s{i}: ok", await session.AnswerAsync());
        }

        await session.SettleAsync();
        Assert.Equal(["a"], session.Begun);
    });

    /// <summary>What was asked for before is answered before, a change or not; and an id in flight is one for each request.</summary>
    [Fact]
    public void BehindAChange_DoesNotOvertakeIt() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        session.Request("start", "a");
        session.Request("state", "b");
        session.Request("state", "a");
        await session.SettleAsync();

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal(": INVALID_REQUEST", await session.AnswerAsync());
    });

    /// <summary>The path goes on behind a request that had to be called.</summary>
    [Fact]
    public void BehindACall_IsAnsweredWithoutOne() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        session.Send("""{"id":"a","method":"state","params":{"id":"a","process":"init"},"more":1}""" + "\n");
        session.Request("state", "b");
        session.Request("state", "c");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal("c: ok", await session.AnswerAsync());
        Assert.Equal(["a"], session.Begun);
    });

    /// <summary>A wait that is not answered yet has an id, which others must not have.</summary>
    [Fact]
    public void WhileALongCallWaits_IsCalled() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        session.Request("wait", "a");
        session.Request("state", "a");
        session.Request("state", "b");

        Assert.Equal(": INVALID_REQUEST", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal(["a", "b"], session.Begun);
    });

    [Fact]
    public void ShuttingDown_IsRefused() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        session.Request("start", "a");
        await session.SettleAsync();
        session.Session.ShutDown();
        session.Request("state", "b");

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("b: SHUTTING_DOWN", await session.AnswerAsync());
        Assert.Equal(["a"], session.Begun);
    });

    [Fact]
    public void HalfClosed_IsAnswered() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        session.Request("state", "a");
        session.Send("""{"id":"b","method":"state","params":{"id":"b"}}""");
        UnixSocket.HalfClose(session.Client).OrThrow("shutdown");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
        Assert.Empty(session.Begun);
    });

    [Fact]
    public void DescriptorsThatNoLineSpeaksOf_StillEndTheConnection() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = "{}"u8.ToArray() };
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        UnixSocket.Send(session.Client, """{"id":"a","method":"state","params":{"id":"a"}}"""u8.ToArray().Append((byte)'\n').ToArray(), [nothing]).OrThrow("sendmsg");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal(": FD_ERROR", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
    });

    [Fact]
    public void DoesNotFitALine_IsCalled() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop) { StateAtHand = [(byte)'"', .. new byte[Limits.MaxOutputLineBytes].Select(_ => (byte)'a'), (byte)'"'] };
        session.Request("state", "a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal(["a"], session.Begun);
    });
}
