using System.Globalization;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class Rfc3339Tests
{
    private static readonly DateTimeOffset s_time = new DateTimeOffset(2026, 11, 23, 20, 53, 43, 699, TimeSpan.FromHours(2)).AddTicks(9_995);

    [Theory]
    [InlineData(3, "2026-11-23T18:53:43.699Z")]
    [InlineData(6, "2026-11-23T18:53:43.699999Z")]
    [InlineData(7, "2026-11-23T18:53:43.6999995Z")]
    [InlineData(9, "2026-11-23T18:53:43.699999500Z")]
    public void Format_Digits_CutAndUtc(int digits, string expected) => Assert.Equal(expected, Rfc3339.Format(s_time, digits));

    [Fact]
    public void Format_WholeSecond_KeepsZeros() => Assert.Equal("1970-01-01T00:00:00.000Z", Rfc3339.Format(DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public void Format_DigitsOutOfRange_Throws(int digits) => Assert.Throws<ArgumentOutOfRangeException>(() => Rfc3339.Format(s_time, digits));

    [Theory]
    [InlineData("2026-11-23T18:53:43Z", "2026-11-23T18:53:43.0000000Z")]
    [InlineData("2026-11-23t18:53:43z", "2026-11-23T18:53:43.0000000Z")]
    [InlineData("2026-11-23T18:53:43.6Z", "2026-11-23T18:53:43.6000000Z")]
    [InlineData("2026-11-23T18:53:43.699999599Z", "2026-11-23T18:53:43.6999995Z")]
    [InlineData("2026-11-23T18:53:43.123456789012Z", "2026-11-23T18:53:43.1234567Z")]
    [InlineData("2026-11-23T18:53:43.5+02:30", "2026-11-23T16:23:43.5000000Z")]
    [InlineData("2026-11-23T18:53:43-01:00", "2026-11-23T19:53:43.0000000Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000Z")]
    public void TryParse_Valid_UtcTime(string text, string expected)
    {
        Assert.True(Rfc3339.TryParse(text, out DateTimeOffset time));
        Assert.Equal(TimeSpan.Zero, time.Offset);
        Assert.Equal(expected, time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-23")]
    [InlineData("2026-11-23T18:53:43")]
    [InlineData("2026-11-23 18:53:43Z")]
    [InlineData("2026-11-23T18:53:43.Z")]
    [InlineData("2026-11-23T18:53:43.699")]
    [InlineData("2026-11-23T18:53:43,5Z")]
    [InlineData("2026-11-23T18:53:43+0100")]
    [InlineData("2026-11-23T18:53:43+24:00")]
    [InlineData("2026-11-23T18:53:43+1:000")]
    [InlineData("2026-11-23T18:53:60Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-11-23T18:53:43ZZ")]
    [InlineData(" 2026-11-23T18:53:43Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    public void TryParse_Invalid_False(string text) => Assert.False(Rfc3339.TryParse(text, out _));
}
