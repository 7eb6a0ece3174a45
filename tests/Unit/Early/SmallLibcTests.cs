using System.Text;
using Shimd.Early;
using Xunit;

namespace Shimd.Tests.Unit.Early;

/// <summary>The functions of libc that are our own.</summary>
public sealed unsafe class SmallLibcTests
{
    [Fact]
    public void Copies_AreEndedAsInLibc()
    {
        byte* room = stackalloc byte[32];
        new Span<byte>(room, 32).Fill((byte)'#');
        fixed (byte* one = "one\0"u8, three = "three\0"u8)
        {
            Assert.True(SmallLibc.Copy(room, one) == room);
            Assert.Equal("one\0#", Text(room, 5));
            Assert.True(SmallLibc.Append(room, three) == room);
            Assert.Equal("onethree\0#", Text(room, 10));
            Assert.True(SmallLibc.AppendUpTo(room, three, 2) == room);
            Assert.Equal("onethreeth\0#", Text(room, 12));
            _ = SmallLibc.AppendUpTo(room, one, 9);
            Assert.Equal("onethreethone\0#", Text(room, 15));
            Assert.True(SmallLibc.CopyUpTo(room, three, 2) == room);
            Assert.Equal("thethree", Text(room, 8));
            _ = SmallLibc.CopyUpTo(room, one, 6);
            Assert.Equal("one\0\0\0ee", Text(room, 8));
        }
    }

    [Theory]
    [InlineData("", "", 0, 0, 0)]
    [InlineData("a", "", 1, 1, 1)]
    [InlineData("", "a", -1, -1, -1)]
    [InlineData("abc", "abd", -1, 0, -1)]
    [InlineData("ab", "abd", -1, 0, -1)]
    [InlineData("aBc", "AbC", 1, 1, 0)]
    [InlineData("[", "{", -1, -1, -1)]
    [InlineData("a\u00ff", "a\u0001", 1, 1, 1)]
    public void Comparisons_AreThoseOfBytes(string left, string right, int order, int orderOfTwo, int orderIgnoringCase)
    {
        fixed (byte* a = Bytes(left), b = Bytes(right))
        {
            Assert.Equal(order, Math.Sign(SmallLibc.Compare(a, b)));
            Assert.Equal(orderOfTwo, Math.Sign(SmallLibc.CompareUpTo(a, b, 2)));
            Assert.Equal(0, SmallLibc.CompareUpTo(a, b, 0));
            Assert.Equal(orderIgnoringCase, Math.Sign(SmallLibc.CompareIgnoringCase(a, b)));
        }
    }

    [Theory]
    [InlineData("rw,memory", "memory", 3)]
    [InlineData("aab", "ab", 1)]
    [InlineData("a", "", 0)]
    [InlineData("", "", 0)]
    [InlineData("ab", "abc", -1)]
    [InlineData("", "a", -1)]
    public void Find_Text_IsWhereItIs(string text, string wanted, int at)
    {
        fixed (byte* a = Bytes(text), b = Bytes(wanted))
        {
            byte* found = SmallLibc.Find(a, b);
            Assert.Equal(at, found == null ? -1 : found - a);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.4142135623730951)]
    [InlineData(0.7)]
    [InlineData(0.9999999)]
    [InlineData(3.5e-9)]
    [InlineData(1e300)]
    public void Logarithm_OfANumber_IsAsPrecise(double number) => Assert.Equal(Math.Log(number), SmallLibc.Logarithm(number), 13);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text + "\0");

    private static string Text(byte* at, int length) => Encoding.Latin1.GetString(at, length);
}
