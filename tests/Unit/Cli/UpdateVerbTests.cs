using System.Text.Json;
using Shimd.Cli;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class UpdateVerbTests
{
    [Theory]
    [InlineData("1", 1L)]
    [InlineData("67108864", 67108864L)]
    [InlineData("64M", 67108864L)]
    [InlineData("64m", 67108864L)]
    [InlineData("64MiB", 67108864L)]
    [InlineData("1.5G", 1610612736L)]
    [InlineData("max", -1L)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("64X", null)]
    [InlineData("M", null)]
    [InlineData("", null)]
    [InlineData("9999999T", null)]
    public void ParseBytes_Forms_Size(string text, long? bytes) => Assert.Equal(bytes, UpdateVerb.ParseBytes(text));

    [Fact]
    public void Resources_OnlyWhatIsGiven()
    {
        JsonElement resources = UpdateVerb.Resources("64M", "0.5", "max");
        Assert.Equal(67108864, resources.GetProperty("memory").GetProperty("limit").GetInt64());
        Assert.Equal(50000, resources.GetProperty("cpu").GetProperty("quota").GetInt64());
        Assert.Equal(100000, resources.GetProperty("cpu").GetProperty("period").GetInt64());
        Assert.Equal(-1, resources.GetProperty("pids").GetProperty("limit").GetInt64());
        Assert.Equal(1, UpdateVerb.Resources(null, null, "5").GetPropertyCount());
    }
}
