using System.Text;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

[Collection(Sequential.Name)]
public sealed class EventLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string JournalPath => _directory["events.log"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void New_NoJournal_BeginsANumbering()
    {
        using var log = new EventLog(JournalPath);

        Assert.NotEmpty(log.Epoch);
        Assert.Equal(0, log.LastSeq);
        Assert.Empty(log.ReadAll());
    }

    [Fact]
    public void Append_Several_AreNumberedTimedAndAnnouncedInOrder()
    {
        using var log = new EventLog(JournalPath);
        var heard = new List<EventMessage>();
        log.Appended += heard.Add;
        DateTimeOffset before = DateTimeOffset.UtcNow;

        Append(log, "a", "b", "c");

        Assert.Equal([1L, 2L, 3L], heard.Select(message => message.Seq));
        Assert.Equal(["a", "b", "c"], heard.Select(message => message.Id));
        Assert.All(heard, message => Assert.InRange(message.Time!.Value, before, DateTimeOffset.UtcNow));
        Assert.Equal(3, log.LastSeq);
        Assert.Equal(heard.Select(message => (message.Seq, message.Id)), log.ReadAll().Select(message => (message.Seq, message.Id)));
    }

    [Fact]
    public void Append_Announced_IsOnDiskAlready()
    {
        using var log = new EventLog(JournalPath);
        string onDisk = "";
        log.Appended += _ => onDisk = File.ReadAllText(JournalPath);

        Append(log, "known-before-told");

        Assert.EndsWith("\n", onDisk, StringComparison.Ordinal);
        Assert.Contains("known-before-told", onDisk, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_WithATime_KeepsIt()
    {
        using var log = new EventLog(JournalPath);
        DateTimeOffset time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        log.Append(new EventMessage { Type = EventTypes.Create, Time = time });

        Assert.Equal(time, Assert.Single(log.ReadAll()).Time);
    }

    [Fact]
    public void Append_MoreThanAFileHolds_IsRotatedAndKeepsItsNumbers()
    {
        using var log = new EventLog(JournalPath);
        for (int i = 1; i <= 350; i++)
        {
            log.Append(Big());
        }

        long[] kept = [.. log.ReadAll().Select(message => message.Seq!.Value)];

        // Three files would be needed: the first is gone, and of the rest not a number is missing.
        Assert.True(kept[0] > 1);
        Assert.Equal(350, kept[^1]);
        Assert.Equal(Enumerable.Range((int)kept[0], kept.Length).Select(number => (long)number), kept);
        Assert.All(Directory.GetFiles(_directory.Path), path => Assert.InRange(new FileInfo(path).Length, 1, 1024 * 1024));
        Assert.Equal(["events.log", "events.log.1"], Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_JustRotated_TheNumberingGoesOn()
    {
        string epoch;
        long last;
        using (var log = new EventLog(JournalPath))
        {
            while (!File.Exists(JournalPath + ".1"))
            {
                log.Append(Big());
            }

            (epoch, last) = (log.Epoch, log.LastSeq);
        }

        // Killed after the new file was begun, before its first event.
        string head = File.ReadLines(JournalPath).First();
        File.WriteAllText(JournalPath, head + "\n");

        using var again = new EventLog(JournalPath);
        Assert.Equal((epoch, last - 1), (again.Epoch, again.LastSeq));
        Append(again, "next");
        Assert.Equal(last, again.ReadAll()[^1].Seq);
        Assert.Equal(last, again.ReadAll().Count);
    }

    [Fact]
    public void ReadSince_Middle_IsWhatCameAfter()
    {
        using var log = new EventLog(JournalPath);
        Append(log, "a", "b", "c");

        Assert.Equal(["a", "b", "c"], Since(log, log.Epoch, 0));
        Assert.Equal(["c"], Since(log, log.Epoch, 2));
        Assert.Empty(Since(log, log.Epoch, 3));
    }

    [Fact]
    public void ReadSince_NothingYet_IsEmpty()
    {
        using var log = new EventLog(JournalPath);

        Assert.Empty(Since(log, log.Epoch, 0));
    }

    [Fact]
    public void ReadSince_Future_HistoryGone()
    {
        using var log = new EventLog(JournalPath);
        Append(log, "a");

        AssertHistoryGone(log, log.Epoch, 2, oldest: 1, newest: 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void ReadSince_OtherEpoch_HistoryGone(long seq)
    {
        using var log = new EventLog(JournalPath);
        Append(log, "a");

        AssertHistoryGone(log, "another", seq, oldest: 1, newest: 1);
    }

    [Fact]
    public void ReadSince_NoLongerKept_HistoryGoneAndTheOldestStillWorks()
    {
        using var log = new EventLog(JournalPath);
        for (int i = 0; i < 350; i++)
        {
            log.Append(Big());
        }

        long oldest = log.ReadAll()[0].Seq!.Value;

        AssertHistoryGone(log, log.Epoch, oldest - 2, oldest, newest: 350);
        Assert.Equal(350 - oldest + 1, log.ReadSince(new SinceParams { Epoch = log.Epoch, Seq = oldest - 1 }).Count);
    }

    [Fact]
    public void Append_CannotBeWritten_IsToldUnderANewEpoch()
    {
        using var log = new EventLog(_directory["none/events.log"]);
        string first = log.Epoch;
        var heard = new List<(string Epoch, long Seq)>();
        log.Appended += message => heard.Add((log.Epoch, message.Seq!.Value));

        Append(log, "a", "b");

        Assert.Equal([1L, 1L], heard.Select(told => told.Seq));
        Assert.Equal(3, new[] { first, heard[0].Epoch, heard[1].Epoch }.Distinct().Count());

        // And as soon as it can be written again, it is.
        _directory.MakeDirectory("none");
        Append(log, "c");
        Assert.Equal(["c"], log.ReadAll().Select(message => message.Id));
        AssertHistoryGone(log, log.Epoch, 0, oldest: log.LastSeq, newest: log.LastSeq);
    }

    [Fact]
    public void Append_DiskFull_NewEpochAndNoNumberTwice()
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip();
        string path = disk["events.log"];
        var told = new List<(string Epoch, long Seq, string Id)>();
        using (var log = new EventLog(path))
        {
            log.Appended += message => told.Add((log.Epoch, message.Seq!.Value, message.Id!));
            Append(log, "a", "b");
            string filler = disk.Fill();
            string big = new('x', 8192);
            log.Append(new EventMessage { Type = EventTypes.Create, Id = "lost", Text = big });
            File.Delete(filler);
            Append(log, "c", "d");
        }

        Assert.Equal(told.Count, told.Select(one => (one.Epoch, one.Seq)).Distinct().Count());
        Assert.Equal(["a", "b", "lost", "c", "d"], told.Select(one => one.Id));
        Assert.NotEqual(told[1].Epoch, told[^1].Epoch);

        // Whatever the journal still tells means what was told at the time.
        using var again = new EventLog(path);
        Assert.Equal((told[^1].Epoch, told[^1].Seq), (again.Epoch, again.LastSeq));
        Assert.All(again.ReadAll(), message => Assert.Contains((again.Epoch, message.Seq!.Value, message.Id!), told));
    }

    [Fact]
    public void Journal_Format_IsALineEachAndTheEpochFirst()
    {
        string epoch = WriteJournal(JournalPath, "a");
        string[] lines = File.ReadAllLines(JournalPath);

        Assert.Equal(2, lines.Length);
        Assert.Contains("\"epoch\"", lines[0], StringComparison.Ordinal);
        Assert.Contains(epoch, lines[0], StringComparison.Ordinal);
        Assert.Contains("\"seq\":1", lines[1], StringComparison.Ordinal);
        Assert.Equal(0x180, NativeFile.Status(JournalPath)!.Value.Mode & 0xFFF);
    }

    private static EventMessage Big() => new() { Type = EventTypes.Create, Id = "big", Text = new StringBuilder().Append('x', 10_000).ToString() };

    internal static void Append(EventLog log, params string[] ids)
    {
        foreach (string id in ids)
        {
            log.Append(new EventMessage { Type = EventTypes.Create, Id = id });
        }
    }

    private static IEnumerable<string?> Since(EventLog log, string epoch, long seq)
        => log.ReadSince(new SinceParams { Epoch = epoch, Seq = seq }).Select(message => message.Id);

    private static void AssertHistoryGone(EventLog log, string epoch, long seq, long oldest, long newest)
    {
        ShimdException gone = Assert.Throws<ShimdException>(() => log.ReadSince(new SinceParams { Epoch = epoch, Seq = seq }));
        Assert.Equal(ErrorCode.HistoryGone, gone.Code);
        Assert.Equal((oldest, newest, log.Epoch), (gone.Details.Oldest, gone.Details.Newest, gone.Details.Epoch));
    }

    internal static string WriteJournal(string journalPath, params string[] ids)
    {
        using var log = new EventLog(journalPath);
        Append(log, ids);
        return log.Epoch;
    }
}
