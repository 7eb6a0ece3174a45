using Shimd.Cli;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class HumanTextTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(7_199, "119m")]
    [InlineData(7_200, "2h")]
    [InlineData(172_800, "2d")]
    public void Age_Seconds_RightUnit(int seconds, string expected) => Assert.Equal(expected, HumanText.Age(s_now.AddSeconds(-seconds), s_now));

    [Fact]
    public void Exit_EachKind_SaysWhy()
    {
        ExitInfo exit = Exit(137) with { Signal = "SIGKILL" };
        Assert.Equal("-", HumanText.Exit(null));
        Assert.Equal("0", HumanText.Exit(Exit(0)));
        Assert.Equal("137 SIGKILL", HumanText.Exit(exit));
        Assert.Equal("137 OOM", HumanText.Exit(exit with { OomKilled = true }));
        Assert.Equal("lost", HumanText.Exit(Exit(null)));
    }

    [Fact]
    public void EventText_Exit_OneLine()
    {
        var message = new EventMessage { Type = EventTypes.Exit, Time = s_now, Id = "web", Process = "job", Exit = Exit(3) };
        Assert.Equal("2026-11-23T12:00:00.000Z  exit           web/job               code 3", EventText.Of(message));
    }

    [Fact]
    public void EventText_UnknownType_StillALine()
        => Assert.Equal("2026-11-23T12:00:00.000Z  moved          web", EventText.Of(new EventMessage { Type = "moved", Time = s_now, Id = "web", Process = "init" }));

    [Fact]
    public void Plain_ControlCharacters_AreShownNotSent() => Assert.Equal("a?[31mb\tc\nd", StandardOutput.Plain("a\u001b[31mb\tc\nd"));

    private static ExitInfo Exit(int? code)
        => new() { Code = code, CoreDumped = false, OomKilled = false, At = s_now, Source = code is null ? ExitSources.Lost : ExitSources.Waited };

    [Theory]
    [InlineData(null, "-")]
    [InlineData(0L, "0B")]
    [InlineData(1023L, "1023B")]
    [InlineData(1024L, "1.0K")]
    [InlineData(67108864L, "64.0M")]
    public void Bytes_Size_PowersOf1024(long? bytes, string text) => Assert.Equal(text, HumanText.Bytes(bytes));

    [Theory]
    [InlineData(171L, "171us")]
    [InlineData(12_345L, "12.3ms")]
    [InlineData(4_210_000L, "4.21s")]
    public void Duration_Usec_Unit(long usec, string text) => Assert.Equal(text, HumanText.Duration(usec));
}
