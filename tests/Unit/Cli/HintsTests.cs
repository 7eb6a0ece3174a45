using Shimd.Cli;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class HintsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void For_NoContainer_NamesNone(string? id)
    {
        foreach (ErrorCode code in Enum.GetValues<ErrorCode>())
        {
            var data = new ErrorData { Name = code.ToWireName(), Action = "start", Status = StatusWords.Paused };
            string hint = Hints.For(new AgentError((int)code, "", data, ""), id) ?? "";
            Assert.DoesNotContain("  ", hint + " end", StringComparison.Ordinal);
            Assert.DoesNotContain("\"\"", hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void For_Paused_SaysResume()
    {
        var data = new ErrorData { Name = "BAD_STATE", Action = "exec", Status = StatusWords.Paused };
        Assert.Equal("let it go on with: shimd resume web", Hints.For(new AgentError((int)ErrorCode.BadState, "", data, ""), "web"));
    }

    [Theory]
    [InlineData("{\"id\":\"web\"}", "web")]
    [InlineData("{\"id\":7}", null)]
    [InlineData("{}", null)]
    [InlineData("nonsense", null)]
    [InlineData("-", null)]
    [InlineData(null, null)]
    public void ContainerOf_Params_ItsId(string? json, string? id) => Assert.Equal(id, JsonArgument.ContainerOf(json));
}
