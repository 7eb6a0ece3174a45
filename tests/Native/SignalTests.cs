using System.Globalization;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class SignalTests
{
    public static TheoryData<int> All => [.. Enumerable.Range(1, 31), .. Enumerable.Range(34, 31)];

    [Theory]
    [MemberData(nameof(All))]
    public void Parse_NameOf_RoundTrips(int number)
    {
        string name = Signal.NameOf(number);

        Assert.StartsWith("SIG", name, StringComparison.Ordinal);
        Assert.Equal(number, Signal.Parse(name));
        Assert.Equal(number, Signal.Parse(name["SIG".Length..]));
        Assert.Equal(number, Signal.Parse(name.ToLowerInvariant()));
        Assert.Equal(number, Signal.Parse(number.ToString(CultureInfo.InvariantCulture)));
        Assert.True(Signal.IsValid(number));
    }

    [Fact]
    public void NameOf_All_AreDistinct()
    {
        string[] names = [.. Enumerable.Range(1, 31).Concat(Enumerable.Range(34, 31)).Select(Signal.NameOf)];

        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Theory]
    [InlineData("SIGIOT", 6)]
    [InlineData("POLL", 29)]
    [InlineData("cld", 17)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+0", 34)]
    [InlineData("SIGRTMIN+30", 64)]
    [InlineData("rtmin+3", 37)]
    [InlineData("SIGRTMAX", 64)]
    [InlineData("SIGRTMAX-0", 64)]
    [InlineData("SIGRTMAX-30", 34)]
    public void Parse_OtherSpellings_Known(string text, int number) => Assert.Equal(number, Signal.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("0")]
    [InlineData("-9")]
    [InlineData("+9")]
    [InlineData(" 9")]
    [InlineData("32")]
    [InlineData("33")]
    [InlineData("65")]
    [InlineData("99999999999")]
    [InlineData("SIGSIGKILL")]
    [InlineData("NOPE")]
    [InlineData("SIGRTMIN+31")]
    [InlineData("SIGRTMIN-1")]
    [InlineData("SIGRTMAX+1")]
    [InlineData("SIGRTMAX-31")]
    [InlineData("SIGRTMIN+")]
    [InlineData("SIGRTMIN+2147483647")]
    [InlineData("SIGRTMIN+x")]
    [InlineData("SIGRTMIN3")]
    public void Parse_NoSuchSignal_Null(string text) => Assert.Null(Signal.Parse(text));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(65)]
    public void NameOf_NoSuchSignal_IsTheNumber(int number)
    {
        Assert.Equal($"SIG{number}", Signal.NameOf(number));
        Assert.False(Signal.IsValid(number));
    }
}
