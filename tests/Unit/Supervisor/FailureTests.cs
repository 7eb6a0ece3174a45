using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class FailureTests : IDisposable
{
    private static readonly RuntimeOutcome s_failed = new() { Name = "crun", Arguments = ["create", "c"], Exit = 1, Message = "its words" };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("ENOSPC", "NO_SPACE")]
    [InlineData("EDQUOT", "NO_SPACE")]
    [InlineData("ENOMEM", "OUT_OF_MEMORY")]
    [InlineData("EACCES", "PERMISSION_DENIED")]
    [InlineData("EPERM", "PERMISSION_DENIED")]
    [InlineData("EROFS", "PERMISSION_DENIED")]
    [InlineData("EMFILE", "LIMIT")]
    [InlineData("ENFILE", "LIMIT")]
    [InlineData("EIO", "INTERNAL")]
    public void Of_Errno_IsTheClientsName(string errno, string name)
    {
        ShimdException failure = Failure.Of("cannot write /x", Enum.Parse<Errno>(errno));

        Assert.Equal(name, failure.Code.ToWireName());
        Assert.StartsWith($"cannot write /x: {errno} (", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfNamed_NoErrno_IsInternal()
    {
        ShimdException failure = Failure.OfNamed("the shim ended", null);

        Assert.Equal(ErrorCode.Internal, failure.Code);
        Assert.Null(failure.Details.Errno);
    }

    [Fact]
    public void Of_RuntimeFailed_HasItsWords()
    {
        ShimdException failure = Failure.Of("create", s_failed);

        Assert.Equal(ErrorCode.RuntimeFailed, failure.Code);
        Assert.Equal("create", failure.Details.Action);
        Assert.Equal("its words", failure.Details.Runtime?.Message);
        Assert.Equal(["create", "c"], failure.Details.Runtime?.Args);
        Assert.Equal(1, failure.Details.Runtime?.Exit);
    }

    [Fact]
    public void Of_RuntimeTimedOut_Timeout()
    {
        ShimdException failure = Failure.Of("create", s_failed with { Exit = 137, TimedOutAfterMs = 250 });

        Assert.Equal(ErrorCode.Timeout, failure.Code);
        Assert.Contains("250 ms", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENOENT", "RUNTIME_MISSING")]
    [InlineData("EACCES", "RUNTIME_FAILED")]
    public void Of_RuntimeNotStarted_SaysWhy(string errno, string name)
        => Assert.Equal(name, Failure.Of("create", s_failed with { Exit = null, Errno = errno }).Code.ToWireName());

    [Theory]
    [InlineData("/program", "RUNTIME_FAILED")]
    [InlineData("/text", "EXEC_NOT_EXECUTABLE")]
    [InlineData("/none", "EXEC_NOT_FOUND")]
    public void Of_RuntimeFailed_TheProgramIsLookedFor(string program, string name)
    {
        _directory.WriteExecutable("program", "");
        _directory.Write("text", "");
        var process = new ProcessSpec(System.Text.Json.JsonDocument.Parse($$"""{"args":["{{program}}"]}""").RootElement);

        ShimdException failure = Failure.Of("create", s_failed, _directory.Path, process);

        Assert.Equal(name, failure.Code.ToWireName());
        Assert.Equal("its words", failure.Details.Runtime?.Message);
    }
}
