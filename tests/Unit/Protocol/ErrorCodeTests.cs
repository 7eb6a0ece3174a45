using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class ErrorCodeTests
{
    [Theory]
    [InlineData(-32700, "PARSE_ERROR")]
    [InlineData(-32600, "INVALID_REQUEST")]
    [InlineData(-32601, "METHOD_NOT_FOUND")]
    [InlineData(-32602, "INVALID_PARAMS")]
    [InlineData(-32603, "INTERNAL")]
    [InlineData(-32800, "CANCELLED")]
    [InlineData(-32050, "FD_ERROR")]
    [InlineData(1001, "NOT_FOUND")]
    [InlineData(1002, "ALREADY_EXISTS")]
    [InlineData(1003, "BAD_STATE")]
    [InlineData(1004, "CONFLICT")]
    [InlineData(1005, "BUSY")]
    [InlineData(1006, "TIMEOUT")]
    [InlineData(1007, "PERMISSION_DENIED")]
    [InlineData(1008, "LIMIT")]
    [InlineData(1009, "NO_SPACE")]
    [InlineData(1010, "OUT_OF_MEMORY")]
    [InlineData(1011, "BUNDLE_INVALID")]
    [InlineData(1012, "EXEC_NOT_FOUND")]
    [InlineData(1013, "EXEC_NOT_EXECUTABLE")]
    [InlineData(1014, "RUNTIME_FAILED")]
    [InlineData(1015, "RUNTIME_MISSING")]
    [InlineData(1016, "NOT_SUPPORTED")]
    [InlineData(1017, "HISTORY_GONE")]
    [InlineData(1018, "TOO_LARGE")]
    [InlineData(1019, "SHUTTING_DOWN")]
    public void ToWireName_EveryCode_FrozenName(int number, string name)
    {
        Assert.True(Enum.IsDefined((ErrorCode)number));
        Assert.Equal(name, ((ErrorCode)number).ToWireName());
    }

    [Fact]
    public void Enum_Members_OnlyTheFrozenOnes() => Assert.Equal(26, Enum.GetValues<ErrorCode>().Count(c => c != ErrorCode.None));

    [Fact]
    public void BadState_Message_AsTheContractSays()
    {
        ShimdException error = ShimdException.BadState("delete", "running");
        Assert.Equal("cannot delete a container in the 'running' state", error.Message);
        Assert.Equal(ErrorCode.BadState, error.Code);
        Assert.Equal("BAD_STATE", error.Details.Name);
        Assert.Equal("running", error.Details.Status);
        Assert.Equal("delete", error.Details.Action);
    }

    [Fact]
    public void Constructor_AnyData_NameFollowsCode() =>
        Assert.Equal("LIMIT", new ShimdException(ErrorCode.Limit, "full", new ErrorData { Name = "NONSENSE", Reason = "r" }).Details.Name);

    [Fact]
    public void Factories_All_CodeAndData()
    {
        Assert.Equal("no such container web", ShimdException.NotFound("container web").Message);
        Assert.Equal("01A", ShimdException.AlreadyExists("container web", "01A").Details.Instance);
        Assert.Equal("01B", ShimdException.Conflict("web", "01A", "01B").Details.Instance);
        Assert.Equal("timeoutMs", ShimdException.InvalidParams("timeoutMs", "must be an integer").Details.Path);
        Assert.Equal("timeoutMs must be an integer", ShimdException.InvalidParams("timeoutMs", "must be an integer").Message);
        Assert.Equal("running", ShimdException.Timeout("wait", 5, "running").Details.Status);
        Assert.Equal(12, ShimdException.HistoryGone(10, 12, "e").Details.Newest);
        Assert.Equal("ENOSPC", ShimdException.NoSpace("disk full").Details.Errno);
        Assert.Equal("config.json", ShimdException.BundleInvalid("config.json", "missing").Details.Path);
        Assert.Equal(ErrorCode.PermissionDenied, ShimdException.ReadOnlySocket("kill").Code);
        Assert.Equal("crun", ShimdException.RuntimeMissing("crun").Details.Runtime!.Name);
        Assert.Equal(ErrorCode.Internal, ShimdException.Internal("bug").Code);
    }
}
