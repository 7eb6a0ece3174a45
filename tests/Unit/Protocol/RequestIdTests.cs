using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("\"a\"", "\"\\u0061\"", true)]
    [InlineData("1", "1", true)]
    [InlineData("0", "-0", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("0", "\"\"", false)]
    [InlineData("\"a\"", "\"A\"", false)]
    public void Equals_ByMeaning_NotBySpelling(string left, string right, bool equal)
    {
        RequestId a = Id(left);
        RequestId b = Id(right);
        Assert.Equal(equal, a.Equals(b));
        Assert.Equal(equal, new HashSet<RequestId> { a }.Contains(b));
    }

    [Fact]
    public void Of_Number_RawIsNumber() => Assert.Equal("-5", RequestId.Of(-5).ToString());

    private static RequestId Id(string json) =>
        Envelope.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"id":{{json}},"method":"m"}""")).Id!;
}
