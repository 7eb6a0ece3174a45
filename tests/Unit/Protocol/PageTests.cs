using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class PageTests
{
    [Fact]
    public void Take_FewItems_AllAndNoMore()
    {
        Page<RuntimeInfo> page = Take(3, 10, 60_000);
        Assert.Equal(3, page.Items.Count);
        Assert.False(page.HasMore);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void Take_Limit_MoreOnlyIfThereAre(int limit, bool more)
    {
        Page<RuntimeInfo> page = Take(3, limit, 60_000);
        Assert.Equal(limit, page.Items.Count);
        Assert.Equal(more, page.HasMore);
    }

    [Fact]
    public void Take_Bytes_CutWithCommasCounted()
    {
        const int ItemBytes = 25; // {"name":"r","path":"/r"},
        Assert.Equal(4, Take(100, 1_000, 4 * ItemBytes).Items.Count);
        Assert.Equal(3, Take(100, 1_000, (4 * ItemBytes) - 1).Items.Count);
    }

    [Fact]
    public void Take_FirstItemTooHeavy_TakenAlone()
    {
        Page<RuntimeInfo> page = Take(2, 10, 1);
        Assert.Single(page.Items);
        Assert.True(page.HasMore);
    }

    private static Page<RuntimeInfo> Take(int count, int limit, int maxBytes) =>
        Page.Take(Enumerable.Repeat(new RuntimeInfo { Name = "r", Path = "/r" }, count), limit, maxBytes);
}
