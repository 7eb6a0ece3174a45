using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class LineReaderTests
{
    private const int Max = 1_048_576;

    [Fact]
    public void TryRead_Nothing_None()
    {
        LineReader reader = new();
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Assert.False(reader.HasPartialLine);
    }

    [Fact]
    public void TryRead_TwoLinesInOneRead_BothInOrder()
    {
        LineReader reader = new();
        Feed(reader, "one\ntwo\n");
        Assert.Equal(["one", "two"], Drain(reader));
        Assert.False(reader.HasPartialLine);
    }

    [Fact]
    public void TryRead_ByteAtATime_SameLines()
    {
        LineReader reader = new();
        List<string> lines = [];
        foreach (byte b in "{\"a\":1}\r\n\n\r\né\nlast\n"u8)
        {
            reader.GetSpan()[0] = b;
            reader.Commit(1);
            lines.AddRange(Drain(reader));
        }

        Assert.Equal(["{\"a\":1}", "é", "last"], lines);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4_095)]
    [InlineData(4_096)]
    [InlineData(100_000)]
    public void TryRead_AnyChunkSize_SameLines(int chunk)
    {
        string[] expected = [.. Enumerable.Range(0, 300).Select(i => new string((char)('a' + (i % 26)), 1 + (i * 37 % 9_000)))];
        LineReader reader = new();
        List<string> lines = [];
        byte[] input = Encoding.UTF8.GetBytes(string.Join('\n', expected) + "\n");
        for (int at = 0; at < input.Length;)
        {
            Span<byte> room = reader.GetSpan();
            int count = Math.Min(Math.Min(chunk, room.Length), input.Length - at);
            input.AsSpan(at, count).CopyTo(room);
            reader.Commit(count);
            at += count;
            lines.AddRange(Drain(reader));
        }

        Assert.Equal(expected, lines);
        Assert.Equal(0, reader.BufferedBytes);
    }

    [Fact]
    public void TryRead_EmptyLinesOnly_None()
    {
        LineReader reader = new();
        Feed(reader, "\n\r\n\n");
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Assert.False(reader.HasPartialLine);
    }

    [Fact]
    public void TryRead_ReturnInsideLine_Kept()
    {
        LineReader reader = new();
        Feed(reader, "a\rb\r\r\n");
        Assert.Equal(["a\rb\r"], Drain(reader));
    }

    [Fact]
    public void HasPartialLine_BeginningOfLine_True()
    {
        LineReader reader = new();
        Feed(reader, "x\nabc");
        Assert.Equal(["x"], Drain(reader));
        Assert.True(reader.HasPartialLine);
        Feed(reader, "\n");
        Assert.Equal(["abc"], Drain(reader));
        Assert.False(reader.HasPartialLine);
    }

    [Theory]
    [InlineData(Max, "\n")]
    [InlineData(Max, "\r\n")]
    public void TryRead_ExactlyTheLimit_Line(int length, string newline)
    {
        LineReader reader = new();
        Feed(reader, new string('x', length));
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Feed(reader, newline);
        Assert.Equal(LineStatus.Line, reader.TryRead(out ReadOnlyMemory<byte> line));
        Assert.Equal(length, line.Length);
    }

    [Fact]
    public void TryRead_LimitReturnByReturnThenNewline_Line()
    {
        LineReader reader = new();
        Feed(reader, new string('x', Max));
        Feed(reader, "\r");
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Feed(reader, "\n");
        Assert.Equal(LineStatus.Line, reader.TryRead(out ReadOnlyMemory<byte> line));
        Assert.Equal(Max, line.Length);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void TryRead_OneMoreThanTheLimit_TooLongOnceThenNextLine(string newline)
    {
        LineReader reader = new();
        List<LineStatus> seen = [];
        Feed(reader, new string('x', Max + 1) + newline + "next\n", r =>
        {
            while (r.TryRead(out ReadOnlyMemory<byte> line) is var status && status != LineStatus.None)
            {
                seen.Add(status);
                if (status == LineStatus.Line)
                {
                    Assert.Equal("next", Encoding.UTF8.GetString(line.Span));
                }
            }
        });
        Assert.Equal([LineStatus.TooLong, LineStatus.Line], seen);
    }

    [Fact]
    public void TryRead_TenMegabytesWithoutNewline_OneReportAndBoundedMemory()
    {
        LineReader reader = new();
        int reports = 0;
        int capacity = 0;
        Feed(reader, new string('x', 10 * Max), r =>
        {
            capacity = Math.Max(capacity, r.Capacity);
            while (r.TryRead(out _) is var status && status != LineStatus.None)
            {
                Assert.Equal(LineStatus.TooLong, status);
                reports++;
            }
        });
        Assert.Equal(1, reports);
        Assert.True(capacity <= Max + 2, $"{capacity}");
        Assert.True(reader.HasPartialLine);
        Feed(reader, "tail\nok\n");
        Assert.Equal(["ok"], Drain(reader));
    }

    [Fact]
    public void TryRead_TwoOverlongLines_TwoReports()
    {
        LineReader reader = new(maxLineBytes: 4);
        Feed(reader, "12345\n1234\n123456\n");
        Assert.Equal(LineStatus.TooLong, reader.TryRead(out _));
        Assert.Equal(LineStatus.Line, reader.TryRead(out _));
        Assert.Equal(LineStatus.TooLong, reader.TryRead(out _));
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
    }

    [Fact]
    public void Capacity_AfterLongLine_ShrinksWhenEmpty()
    {
        LineReader reader = new();
        Feed(reader, new string('x', 500_000) + "\n");
        Assert.Single(Drain(reader));
        Assert.True(reader.Capacity <= 4_096);
        Feed(reader, "a\n");
        Assert.Equal(["a"], Drain(reader));
        Assert.True(reader.Capacity <= 4_096);
    }

    [Fact]
    public void Capacity_BeforeFirstRead_Zero() => Assert.Equal(0, new LineReader().Capacity);

    [Fact]
    public void Line_AfterBufferWasReleased_StillReadable()
    {
        LineReader reader = new();
        Feed(reader, new string('x', 9_000) + "\n");
        Assert.Equal(LineStatus.Line, reader.TryRead(out ReadOnlyMemory<byte> line));
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Assert.Equal(9_000, line.Span.Count((byte)'x'));
    }

    [Fact]
    public void Complete_Rest_UnterminatedOnce()
    {
        LineReader reader = new();
        Feed(reader, "a\nrest\r");
        reader.Complete();
        Assert.Equal(LineStatus.Line, reader.TryRead(out _));
        Assert.Equal(LineStatus.Unterminated, reader.TryRead(out ReadOnlyMemory<byte> line));
        Assert.Equal("rest", Encoding.UTF8.GetString(line.Span));
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
        Assert.False(reader.HasPartialLine);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("\r")]
    public void Complete_NoRest_None(string input)
    {
        LineReader reader = new();
        Feed(reader, input);
        reader.Complete();
        Drain(reader);
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
    }

    [Fact]
    public void Complete_WhileDiscarding_None()
    {
        LineReader reader = new(maxLineBytes: 4);
        Feed(reader, "123456");
        Assert.Equal(LineStatus.TooLong, reader.TryRead(out _));
        reader.Complete();
        Assert.Equal(LineStatus.None, reader.TryRead(out _));
    }

    [Fact]
    public void GetMemory_LinesNotTakenOut_GrowsOn()
    {
        LineReader reader = new(maxLineBytes: 4);
        Feed(reader, string.Concat(Enumerable.Repeat("1234\n", 5_000)));
        Assert.Equal(5_000, Drain(reader).Count);
    }

    [Fact]
    public void Commit_MoreThanRoom_Throws()
    {
        LineReader reader = new();
        int room = reader.GetMemory().Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Commit(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Commit(-1));
    }

    private static void Feed(LineReader reader, string text, Action<LineReader>? afterEach = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < bytes.Length;)
        {
            Span<byte> room = reader.GetSpan();
            int count = Math.Min(room.Length, bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(room);
            reader.Commit(count);
            at += count;
            afterEach?.Invoke(reader);
        }
    }

    private static List<string> Drain(LineReader reader)
    {
        List<string> lines = [];
        while (reader.TryRead(out ReadOnlyMemory<byte> line) == LineStatus.Line)
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }
}
