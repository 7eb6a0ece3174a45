using System.Text;
using Shimd.Storage;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class LogReaderTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LogPath => _directory["x.log"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Fill_FullFilesAndCurrent_AreReadInOrder()
    {
        Write("x.log.9", "one");
        Write("x.log.10", "two", "three");
        Write("x.log", "four");
        using LogReader reader = Open();

        Assert.Equal(["one", "two", "three", "four"], ReadAll(reader));
        Assert.False(reader.HasGap);
        Assert.Equal(11, reader.Position!.Value.Number);
    }

    [Fact]
    public void Fill_RotatedWhileItIsRead_GoesOnWithTheNextFile()
    {
        Write("x.log", "one");
        using LogReader reader = Open();
        Assert.Equal(["one"], ReadAll(reader));
        Append("x.log", "two");
        File.Move(LogPath, LogPath + ".1");
        Assert.Equal(["two"], ReadAll(reader));
        Write("x.log", "three");
        File.Move(LogPath, LogPath + ".2");
        Write("x.log", "four");

        Assert.Equal(["three", "four"], ReadAll(reader));
        Assert.False(reader.HasGap);
    }

    [Fact]
    public void Fill_FilesRotatedAwayBeforeTheyWereRead_IsAGap()
    {
        Write("x.log", "one");
        using LogReader reader = Open();
        Assert.Equal(["one"], ReadAll(reader));
        File.Move(LogPath, LogPath + ".1");
        File.Delete(LogPath + ".1");
        Write("x.log.3", "later");
        Write("x.log", "last");

        Assert.Equal(["later", "last"], ReadAll(reader));
        Assert.True(reader.HasGap);
    }

    [Fact]
    public void Fill_LinesThatAreNone_AreCounted()
    {
        File.WriteAllText(LogPath, "torn\n");
        Append("x.log", "one");
        File.AppendAllText(LogPath, new string('x', 2_000_000) + "\n");
        Append("x.log", "two");
        using LogReader reader = Open();

        Assert.Equal(["one", "two"], ReadAll(reader));
        Assert.Equal(5 + 2_000_001, reader.LostBytes);
    }

    [Fact]
    public void Fill_CutShort_BeginsAgain()
    {
        Write("x.log", "one", "two");
        using LogReader reader = Open();
        Assert.Equal(["one", "two"], ReadAll(reader));

        Write("x.log", "new");

        Assert.Equal(["new"], ReadAll(reader));
    }

    [Fact]
    public void Fill_IncompleteLine_WaitsForItsEnd()
    {
        Write("x.log", "one");
        File.AppendAllText(LogPath, Line("two")[..20]);
        using LogReader reader = Open();
        Assert.Equal(["one"], ReadAll(reader));

        File.AppendAllText(LogPath, Line("two")[20..]);

        Assert.Equal(["two"], ReadAll(reader));
    }

    [Fact]
    public void Fill_MovedBySomebodyElse_IsReadUntilTheNextIsBegun()
    {
        Write("x.log", "one");
        using var reader = new LogReader(new LogSet(LogPath, isRotated: false), json: false);
        Assert.Equal(["one"], ReadAll(reader));
        File.Move(LogPath, LogPath + ".1");
        Append("x.log.1", "two");
        File.WriteAllText(LogPath, "");
        Assert.Equal(["two"], ReadAll(reader));
        Append("x.log.1", "three");
        Assert.Equal(["three"], ReadAll(reader));
        Append("x.log", "four");

        Assert.Equal(["four"], ReadAll(reader));
    }

    [Fact]
    public void Find_FileThatIsFullByNow_IsFoundAndOneThatIsGoneIsNot()
    {
        Write("x.log", "one", "two");
        var set = new LogSet(LogPath, isRotated: true);
        LogCursor cursor;
        using (LogReader reader = Open())
        {
            Assert.True(reader.Fill());
            Assert.True(reader.Fill());
            Assert.True(reader.TryNext(out _));
            cursor = reader.Position!.Value;
        }

        File.Move(LogPath, LogPath + ".1");
        Write("x.log", "three");
        using (LogReader again = Open())
        {
            again.Seek(set.Find(LogCursor.Parse(cursor.Text)!.Value)!, cursor.Offset);
            Assert.Equal(["two", "three"], ReadAll(again));
        }

        File.Delete(LogPath + ".1");
        Assert.Null(set.Find(cursor));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2")]
    [InlineData("1.2.x")]
    [InlineData("1.-2.3")]
    [InlineData("1.2.3.4")]
    public void Parse_NoCursor_IsNull(string text) => Assert.Null(LogCursor.Parse(text));

    private LogReader Open() => new(new LogSet(LogPath, isRotated: true), json: false);

    private static List<string> ReadAll(LogReader reader)
    {
        var lines = new List<string>();
        do
        {
            while (reader.TryNext(out LogEntry entry))
            {
                lines.Add(Encoding.UTF8.GetString(entry.Output));
            }
        }
        while (reader.Fill());
        return lines;
    }

    private static string Line(string text) => $"2026-11-23T18:53:43.123456789Z stdout F {text}\n";

    private void Write(string name, params string[] lines) => File.WriteAllText(_directory[name], string.Concat(lines.Select(Line)));

    private void Append(string name, string line) => File.AppendAllText(_directory[name], Line(line));
}
