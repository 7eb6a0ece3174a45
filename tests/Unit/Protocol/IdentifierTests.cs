using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("web-1.example_X")]
    [InlineData("a..")]
    public void IsValid_Allowed_True(string value) => Assert.True(Identifier.IsValid(value));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-a")]
    [InlineData("_a")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("é")]
    [InlineData("aé")]
    [InlineData("٣")]
    public void IsValid_Refused_False(string? value) => Assert.False(Identifier.IsValid(value));

    [Fact]
    public void IsValid_Length_AtMost128()
    {
        Assert.True(Identifier.IsValid(new string('a', 128)));
        Assert.False(Identifier.IsValid(new string('a', 129)));
    }
}
