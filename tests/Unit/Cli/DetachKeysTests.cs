using System.Text;
using Shimd.Cli;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q")]
    [InlineData("ctrl-],x")]
    [InlineData("ctrl-@,ctrl-_")]
    [InlineData("a")]
    [InlineData("none")]
    public void Parse_Keys_AreUnderstood(string text) => Assert.NotNull(DetachKeys.Parse(text));

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("ctrl-pq")]
    [InlineData("a,")]
    [InlineData("alt-x")]
    [InlineData("ä")]
    public void Parse_Others_AreNot(string text) => Assert.Null(DetachKeys.Parse(text));

    [Theory]
    [InlineData("ctrl-p,ctrl-q", "abc", "abc", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0011", "", true)]
    [InlineData("ctrl-p,ctrl-q", "a\u0010\u0011b", "a", true)]
    [InlineData("ctrl-p,ctrl-q", "a\u0010b", "a\u0010b", false)]
    [InlineData("ctrl-p,ctrl-q", "\u0010\u0010\u0011", "\u0010", true)]
    [InlineData("ctrl-p,ctrl-q", "\u0010", "", false)]
    [InlineData("a,a,b", "aaab", "a", true)]
    [InlineData("a,b,a,c", "ababac", "ab", true)]
    [InlineData("a,b,a,c", "abax", "abax", false)]
    [InlineData("none", "\u0010\u0011", "\u0010\u0011", false)]
    public void Filter_Typed_PassesAllButTheKeys(string keys, string typed, string passed, bool detached)
    {
        // In one go, and key by key: the same.
        Assert.Equal((passed, detached), Filter(keys, Encoding.UTF8.GetBytes(typed)));
        Assert.Equal((passed, detached), Filter(keys, [.. Encoding.UTF8.GetBytes(typed).Select(key => new[] { key })]));
    }

    private static (string Passed, bool Detached) Filter(string text, params byte[][] pieces)
    {
        DetachKeys keys = DetachKeys.Parse(text)!;
        var passed = new List<byte>();
        bool detached = false;
        foreach (byte[] piece in pieces)
        {
            byte[] room = new byte[piece.Length + keys.MaxHeld];
            detached = keys.Filter(piece, room, out int length);
            passed.AddRange(room[..length]);
            if (detached)
            {
                break;
            }
        }

        return (Encoding.UTF8.GetString([.. passed]), detached);
    }
}
