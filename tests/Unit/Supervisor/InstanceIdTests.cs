using Shimd.Supervisor;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class InstanceIdTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 18, 53, 43, 699, TimeSpan.Zero);

    [Fact]
    public void New_LaterTimes_SortLater()
    {
        long[] milliseconds = [0, 1, 31, 32, 33, 1023, 1024, 60_000, 86_400_000, 365L * 86_400_000];
        string[] ids = [.. milliseconds.Select(ms => InstanceId.New(s_now.AddMilliseconds(ms)))];

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Fact]
    public void New_Any_Is26LettersAndDigits()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.Matches("^[0-9A-HJKMNP-TV-Z]{26}$", InstanceId.New(s_now));
        }
    }

    [Fact]
    public void New_SameTime_AreAllDifferent()
        => Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(_ => InstanceId.New(s_now)).Distinct().Count());

    [Fact]
    public void New_KnownTime_BeginsAsAUlidDoes()
        => Assert.StartsWith("01ARYZ6S41", InstanceId.New(DateTimeOffset.FromUnixTimeMilliseconds(1469918176385)), StringComparison.Ordinal);
}
