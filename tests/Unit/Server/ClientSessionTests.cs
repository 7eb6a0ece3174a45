using Shimd.Native;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

public sealed class ClientSessionTests
{
    [Fact]
    public void Requests_SeveralAtOnce_AreExecutedInOrder() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("start", "a");
        session.Request("state", "b");
        await session.SettleAsync();
        Assert.Equal(["a"], session.Begun);

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal(["a", "b"], session.Begun);
    });

    [Fact]
    public void LongCall_Unanswered_LetsTheNextBegin() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        session.Request("stop", "b");
        session.Request("state", "c");

        Assert.Equal("c: ok", await session.AnswerAsync());
        Assert.Equal(["a", "b", "c"], session.Begun);
        session.Finish("b");
        Assert.Equal("b: ok", await session.AnswerAsync());
        session.Finish("a");
        Assert.Equal("a: ok", await session.AnswerAsync());
    });

    [Fact]
    public void LongCall_BeyondTheLimit_IsRefused() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        for (int i = 0; i <= Limits.MaxLongCalls; i++)
        {
            session.Request("wait", $"w{i}");
        }

        Assert.Equal($"w{Limits.MaxLongCalls}: LIMIT", await session.AnswerAsync());
        session.Finish("w0");
        Assert.Equal("w0: ok", await session.AnswerAsync());
        session.Request("wait", "again");
        await session.SettleAsync();
        Assert.Contains("again", session.Begun);
    });

    [Fact]
    public void Id_InFlight_IsRefusedWithIdNull() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        session.Request("state", "a");

        Assert.Equal(": INVALID_REQUEST", await session.AnswerAsync());
        session.Finish("a");
        Assert.Equal("a: ok", await session.AnswerAsync());
        session.Request("state", "a");
        Assert.Equal("a: ok", await session.AnswerAsync());
    });

    [Fact]
    public void Cancel_Executing_AnswersOnceAndKeepsTheOrder() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("start", "a");
        session.Request("state", "b");
        await session.SettleAsync();
        session.Send("""{"method":"$/cancelRequest","params":{"id":"a"}}""" + "\n");
        Assert.Equal("a: CANCELLED", await session.AnswerAsync());
        await session.SettleAsync();
        Assert.Equal(["a"], session.Begun);

        session.Finish("a");

        Assert.Equal("b: ok", await session.AnswerAsync());
    });

    [Fact]
    public void Cancel_Queued_IsNotExecuted() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("start", "a");
        session.Request("start", "b");
        session.Send("""{"id":"x","method":"$/cancelRequest","params":{"id":"b"}}""" + "\n");
        Assert.Equal("b: CANCELLED", await session.AnswerAsync());
        Assert.Equal("x: ok", await session.AnswerAsync());

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal(["a"], session.Begun);
    });

    [Fact]
    public void Cancel_LongCall_StopsIt() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        session.Send("""{"method":"$/cancelRequest","params":{"id":"a"}}""" + "\n");
        session.Request("state", "b");

        Assert.Equal("a: CANCELLED", await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal(0, session.Session.Calls.LongCount);
    });

    [Fact]
    public void HalfClose_CallUnderWay_IsAnsweredBeforeTheEnd() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        UnixSocket.HalfClose(session.Client);
        await session.SettleAsync();
        Assert.Empty(session.Ended);

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
        Assert.Equal([""], session.Ended);
    });

    [Theory]
    [InlineData("""{"id":1,"method":"state","params":{"id":"a"}}""", "1: ok")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"a"}""", ": PARSE_ERROR")]
    public void HalfClose_UnterminatedLine_IsExecutedIfComplete(string line, string answer) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Send(line);
        UnixSocket.HalfClose(session.Client);

        Assert.Equal(answer, await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
    });

    [Fact]
    public void HangUp_RequestsLeft_OnlyChangesAreExecuted() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("start", "a");
        session.Request("state", "b");
        session.Request("start", "c");
        await session.SettleAsync();
        await session.HangUpAsync();
        session.Finish("a");
        await session.SettleAsync();
        Assert.Equal(["a", "c"], session.Begun);
        Assert.Empty(session.Ended);

        session.Finish("c");
        await session.SettleAsync();

        Assert.Equal([""], session.Ended);
    });

    [Fact]
    public void HangUp_WaitUnderWay_EndsAtOnce() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        await session.SettleAsync();
        await session.HangUpAsync();

        Assert.Equal([""], session.Ended);
    });

    [Fact]
    public void ReadAhead_SlowCall_IsLimited() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("start", "a");
        for (int i = 0; i < Limits.MaxPipelined + 10; i++)
        {
            session.Request("state", $"s{i}");
        }

        await session.SettleAsync();
        Assert.Equal(Limits.MaxPipelined + 1, session.Session.Calls.Count);
        session.Finish("a");
        Assert.Equal("a: ok", await session.AnswerAsync());
        for (int i = 0; i < Limits.MaxPipelined + 10; i++)
        {
            Assert.Equal($"s{i}: ok", await session.AnswerAsync());
        }
    });

    [Fact]
    public void Bye_LongCallUnanswered_WaitsForIt() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        session.Send("""{"id":"bye","method":"bye"}""" + "\n");
        session.Request("state", "b");
        await session.SettleAsync();

        session.Finish("a");

        Assert.Equal("a: ok", await session.AnswerAsync());
        Assert.Equal("bye: ok", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
        Assert.Equal(["a"], session.Begun);
    });

    [Fact]
    public void ShutDown_CallsUnderWay_OnlyChangesAreAnswered() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Request("wait", "a");
        session.Request("start", "b");
        session.Request("state", "c");
        await session.SettleAsync();
        session.Session.ShutDown();
        Assert.Equal("a: SHUTTING_DOWN", await session.AnswerAsync());

        session.Finish("b");

        Assert.Equal("b: ok", await session.AnswerAsync());
        Assert.Equal("c: SHUTTING_DOWN", await session.AnswerAsync());
        Assert.Equal("end", await session.AnswerAsync());
        Assert.Equal(["a", "b"], session.Begun);
    });

    [Fact]
    public void Output_TooMuchUnread_EndsTheConnection() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        var message = new EventMessage { Type = EventTypes.Output, Text = new string('x', Limits.MaxEventPayloadBytes) };
        for (int i = 0; i <= Limits.MaxUnsentBytes / Limits.MaxEventPayloadBytes; i++)
        {
            session.Session.Output.WriteEvent(message);
        }

        await session.SettleAsync();

        Assert.Equal(["it left 8 MiB unread"], session.Ended);
    });

    [Fact]
    public void Output_MuchUnread_HoldsUpRequestsUntilRead() => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        var message = new EventMessage { Type = EventTypes.Output, Text = new string('x', Limits.MaxEventPayloadBytes) };
        int count = 2 * Limits.PauseUnsentBytes / Limits.MaxEventPayloadBytes;
        for (int i = 0; i < count; i++)
        {
            session.Session.Output.WriteEvent(message);
        }

        session.Request("state", "a");
        await session.SettleAsync();
        Assert.Empty(session.Begun);

        for (int i = 0; i < count; i++)
        {
            Assert.NotNull(await session.ReadAsync());
        }

        Assert.Equal("a: ok", await session.AnswerAsync());
    });
}
