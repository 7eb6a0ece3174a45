using Shimd.Native;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

public sealed class DispatcherTests
{
    public static TheoryData<Exception, string> Failures => new()
    {
        { ShimdException.Busy("a"), "a: BUSY" },
        { new SysException("write", Errno.ENOSPC), "a: NO_SPACE" },
        { new SysException("open", Errno.EACCES), "a: PERMISSION_DENIED" },
        { new SysException("pipe2", Errno.EMFILE), "a: LIMIT" },
        { new SysException("open", Errno.EIO), "a: INTERNAL" },
        { new InvalidOperationException("a bug"), "a: INTERNAL" },
        { new OperationCanceledException("by nobody that was asked"), "a: INTERNAL" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Execute_HandlerFails_BecomesAReply(Exception failure, string answer) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Failures["a"] = failure;
        session.Request("start", "a");
        session.Request("state", "b");

        Assert.Equal(answer, await session.AnswerAsync());
        Assert.Equal("b: ok", await session.AnswerAsync());
    });

    [Theory]
    [InlineData("nothing", "METHOD_NOT_FOUND")]
    [InlineData("rpc.discover", "METHOD_NOT_FOUND")]
    [InlineData("stop", "INVALID_PARAMS")]
    public void Execute_NotPossible_NothingIsDone(string method, string name) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop);
        session.Send($$$"""{"id":1,"method":"{{{method}}}","params":{"id":"a","surprise":true}}""" + "\n");

        Assert.Equal($"1: {name}", await session.AnswerAsync());
        Assert.Empty(session.Begun);
    });

    [Theory]
    [InlineData("start", "a: PERMISSION_DENIED")]
    [InlineData("stop", "a: PERMISSION_DENIED")]
    [InlineData("state", "a: ok")]
    public void Execute_ReadOnlySocket_OnlyReads(string method, string answer) => OnLoop.Run(async loop =>
    {
        using var session = new SessionHarness(loop, isReadOnly: true);
        session.Request(method, "a");

        Assert.Equal(answer, await session.AnswerAsync());
    });
}
