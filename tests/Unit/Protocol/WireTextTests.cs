using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class WireTextTests
{
    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "ab…")]
    [InlineData("ééé", 6, "ééé")]
    [InlineData("ééé", 5, "é…")]
    [InlineData("ééé", 4, "…")]
    [InlineData("a😀b", 6, "a😀b")]
    [InlineData("a😀bcdef", 8, "a😀…")]
    [InlineData("a😀bcdef", 7, "a…")]
    [InlineData("", 3, "")]
    public void Truncate_Text_AtCharacterBoundary(string text, int maxBytes, string expected)
    {
        string cut = WireText.Truncate(text, maxBytes);
        Assert.Equal(expected, cut);
        Assert.True(Encoding.UTF8.GetByteCount(cut) <= Math.Max(maxBytes, 3));
    }

    [Fact]
    public void Truncate_LoneSurrogates_NeverLongerThanAsked() =>
        Assert.True(Encoding.UTF8.GetByteCount(WireText.Truncate(new string('\ud800', 100), 50)) <= 50);

    [Theory]
    [InlineData("héllo", 10, "héllo")]
    [InlineData("héllo", 2, "h")]
    [InlineData("héllo", 3, "hé")]
    [InlineData("a😀", 4, "a")]
    [InlineData("a😀x", 5, "a😀")]
    public void Prefix_Utf8_AtCharacterBoundary(string text, int maxBytes, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(WireText.Prefix(Encoding.UTF8.GetBytes(text), maxBytes)));

    [Fact]
    public void Prefix_NotUtf8_CutAtTheLimit() =>
        Assert.Equal(5, WireText.Prefix([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], 5).Length);

    [Fact]
    public void Encode_Utf8_Text() => Assert.Equal(("é", null), WireText.Encode("é"u8, 100));

    [Fact]
    public void Encode_NotUtf8_Base64() => Assert.Equal((null, "/w=="), WireText.Encode([0xFF], 100));

    [Fact]
    public void Encode_Empty_EmptyText() => Assert.Equal(("", null), WireText.Encode([], 100));

    [Fact]
    public void Encode_EscapesTooLong_Base64()
    {
        byte[] controls = new byte[100];
        Assert.NotNull(WireText.Encode(controls, 599).Base64);
        Assert.NotNull(WireText.Encode(controls, 600).Text);
    }

    [Fact]
    public void Encode_PlainTextNearTheLimit_Text() => Assert.NotNull(WireText.Encode(Encoding.ASCII.GetBytes(new string('x', 100)), 100).Text);

    [Fact]
    public void ForDisplay_LongCommandLine_CutWithEllipsis()
    {
        Assert.Equal(["a", "b"], ProcessInfo.ForDisplay(["a", "b"]));
        IReadOnlyList<string> shown = ProcessInfo.ForDisplay([.. Enumerable.Repeat(new string('x', 500), 1_000)]);
        Assert.Equal("…", shown[^1]);
        Assert.True(shown.Sum(s => s.Length) < 2_100);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("61", 1)]
    [InlineData("61C3A4", 3)]
    [InlineData("61C3", 1)]
    [InlineData("61E282", 1)]
    [InlineData("61F09D84", 1)]
    [InlineData("61FF", 2)]
    [InlineData("6180", 2)]
    public void CompleteLength_Bytes_LeavesOutWhatHasOnlyBegun(string hex, int length)
        => Assert.Equal(length, WireText.CompleteLength(Convert.FromHexString(hex)));

    [Fact]
    public void ForDisplay_NamesOfFewProcesses_AllOfThem()
    {
        List<string> names = ["init", .. Enumerable.Range(0, 30).Select(n => $"{n:d128}")];

        Assert.Same(names, ContainerInfo.ForDisplay(names));
    }

    [Fact]
    public void ForDisplay_NamesOfManyProcesses_CutWithEllipsis()
    {
        List<string> names = ["init", .. Enumerable.Range(0, 1_000).Select(n => $"{n:d128}")];

        List<string> shown = ContainerInfo.ForDisplay(names);

        Assert.Equal([.. names[..(shown.Count - 1)], "…"], shown);
        Assert.InRange(shown.Sum(name => name.Length + 3), 3_900, 4_100);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("a b", 3)]
    [InlineData("é", 2)]
    [InlineData("\"\\", 4)]
    [InlineData("\u0001", 6)]
    [InlineData("😀", 12)]
    public void EscapedLength_Text_AsItIsWritten(string text, int expected) => Assert.Equal(expected, WireText.EscapedLength(text));
}
