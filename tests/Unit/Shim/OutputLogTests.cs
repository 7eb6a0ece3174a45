using System.Text;
using Shimd.Loop;
using Shimd.Shim;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Shim;

public sealed class OutputLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LogPath => _directory["out.log"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Take_RandomBytesInRandomPieces_ComeBack(bool json) => OnLoop.Run(loop =>
    {
        var random = new Random(json ? 1 : 2);
        byte[] output = new byte[3_000_000];
        random.NextBytes(output);
        output.AsSpan(1_000_000, 500_000).Fill((byte)'x'); // a line longer than any buffer

        using (OutputLog log = Open(loop, new LogSettings { Json = json, Path = LogPath }))
        {
            for (int at = 0; at < output.Length;)
            {
                int length = Math.Min(random.Next(1, 70_000), output.Length - at);
                Assert.Equal(length, log.Take(isError: false, output.AsSpan(at, length)));
                at += length;
            }

            log.FlushLines();
        }

        IReadOnlyList<LogContent.Line> lines = LogContent.Read(LogPath);
        Assert.Equal(output, lines.Bytes("stdout"));
        Assert.All(lines, line => Assert.InRange(line.Output.Length, 1, LogLine.MaxContentBytes + 1));
        Assert.Equal("0\n", File.ReadAllText(_directory["dropped"]));
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Take_ManyLines_NothingIsAllocatedForALine(bool json) => OnLoop.Run(loop =>
    {
        const int Lines = 5_000;
        const int Times = 20;
        byte[] output = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(i => $"line {i}\n")));
        using OutputLog log = Open(loop, new LogSettings { Json = json, Path = LogPath });
        Take();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Times; i++)
        {
            Take();
        }

        // Half a byte for each line. It is not always 0: 7 KB in all were seen once, while other tests ran beside.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Lines * Times / 2);
        return Task.CompletedTask;

        void Take()
        {
            log.Take(isError: false, output);
            log.Flush();
        }
    });

    [Fact]
    public void Take_TwoStreams_KeepTheirLinesApart() => OnLoop.Run(loop =>
    {
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath }))
        {
            log.Take(isError: false, "one, "u8);
            log.Take(isError: true, "oh\ndear"u8);
            log.Take(isError: false, "two\n"u8);
            log.FlushLines();
        }

        Assert.Equal(
            ["stderr:oh\n", "stdout:one, two\n", "stderr:dear"],
            LogContent.Read(LogPath).Select(line => $"{line.Stream}:{line.Text}"));
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData(16_384, 1)]
    [InlineData(16_385, 2)]
    [InlineData(32_768, 2)]
    [InlineData(32_769, 3)]
    public void Take_LongLine_IsCutAtTheLimit(int length, int pieces) => OnLoop.Run(loop =>
    {
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath }))
        {
            log.Take(isError: false, Encoding.ASCII.GetBytes(new string('a', length) + "\nnext\n"));
            log.FlushLines();
        }

        IReadOnlyList<LogContent.Line> lines = LogContent.Read(LogPath);
        Assert.Equal(pieces + 1, lines.Count);
        Assert.Equal("next\n", lines[^1].Text);
        Assert.Equal(new string('a', length) + "\nnext\n", Encoding.ASCII.GetString(lines.Bytes("stdout")));
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Rotate_EveryLine_NoLineIsLostOrTorn(int maxFiles) => OnLoop.Run(loop =>
    {
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath, MaxSize = 100, MaxFiles = maxFiles }))
        {
            for (int i = 1; i <= 20; i++)
            {
                log.Take(isError: false, Encoding.ASCII.GetBytes($"line {i} {new string('x', 60)}\n"));
            }

            log.FlushLines();
        }

        IReadOnlyList<string> files = LogContent.Files(LogPath);
        Assert.Equal(maxFiles, files.Count);
        Assert.Equal(
            Enumerable.Range(21 - maxFiles, maxFiles).Select(i => $"line {i} {new string('x', 60)}\n"), LogContent.Read(files).Select(line => line.Text));
        Assert.Equal(maxFiles == 1 ? [] : ["out.log.18", "out.log.19"], files.SkipLast(1).Select(file => Path.GetFileName(file)));
        return Task.CompletedTask;
    });

    [Fact]
    public void Rotate_ManyLinesAtOnce_NoFileIsLargerThanItMayBe() => OnLoop.Run(loop =>
    {
        string output = string.Concat(Enumerable.Range(1, 2000).Select(i => $"line {i}\n"));
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath, MaxSize = 5000, MaxFiles = 1000 }))
        {
            log.Take(isError: false, Encoding.ASCII.GetBytes(output));
            log.FlushLines();
        }

        IReadOnlyList<string> files = LogContent.Files(LogPath);
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 5000));
        Assert.Equal(output, Encoding.ASCII.GetString(LogContent.Read(files).Bytes("stdout")));
        return Task.CompletedTask;
    });

    [Fact]
    public void Open_FileThatIsThere_IsAppendedToOnALineOfItsOwn() => OnLoop.Run(loop =>
    {
        File.WriteAllText(LogPath, "torn");
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath }))
        {
            log.Take(isError: false, "new\n"u8);
            log.FlushLines();
        }

        string[] lines = File.ReadAllLines(LogPath);
        Assert.Equal("torn", lines[0]);
        Assert.EndsWith(" stdout F new", lines[1], StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public void Reopen_MovedAway_WritesToTheNewFile() => OnLoop.Run(loop =>
    {
        using (OutputLog log = Open(loop, new LogSettings { Path = LogPath }))
        {
            log.Take(isError: false, "before\n"u8);
            File.Move(LogPath, _directory["moved"]);
            Assert.True(log.Reopen().IsOk);
            log.Take(isError: false, "after\n"u8);
            log.FlushLines();
        }

        Assert.Equal("before\n", LogContent.Read(_directory["moved"]).Single().Text);
        Assert.Equal("after\n", LogContent.Read(LogPath).Single().Text);
        return Task.CompletedTask;
    });

    [Fact]
    public void Take_FullDiskAndBlock_TakesNoMoreAndLosesNothing() => OnLoop.Run(async loop =>
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(sizeKiB: 4096);
        byte[] output = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 20_000).Select(i => $"line {i}\n")));
        using (OutputLog log = Open(loop, new LogSettings { Path = disk["out.log"] }))
        {
            string filler = disk.Fill();
            int taken = 0;
            while (!log.IsFull || taken == 0)
            {
                taken += log.Take(isError: false, output.AsSpan(taken));
                log.Flush();
            }

            Assert.InRange(taken, 1, output.Length - 1);
            var room = new TaskCompletionSource();
            log.OnRoom = () => room.TrySetResult();
            File.Delete(filler);
            await room.Task;
            while (taken < output.Length && !log.IsFull)
            {
                taken += log.Take(isError: false, output.AsSpan(taken, Math.Min(1000, output.Length - taken)));
            }

            log.FlushLines();
            Assert.False(log.IsFull);
            Assert.Equal(output.Length, taken);
            Assert.Equal(output, LogContent.Read(disk["out.log"]).Bytes("stdout"));
        }

        Assert.Equal("0\n", File.ReadAllText(_directory["dropped"]));
    });

    [Fact]
    public void Take_FileIsFullAndRoomComesBackBeforeTheNextTry_NothingIsLostOrDoubled() => OnLoop.Run(async loop =>
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(sizeKiB: 4096);
        byte[] output = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 5_000).Select(i => $"line {i}\n")));
        using (OutputLog log = Open(loop, new LogSettings { Path = disk["out.log"], MaxSize = 5000, MaxFiles = 1000 }))
        {
            string filler = disk.Fill();
            int taken = log.Take(isError: false, output.AsSpan(0, 500));
            Assert.False(log.Flush());

            // More than the file may hold is gathered behind what waits to be written.
            File.Delete(filler);
            for (; taken < 20_000; taken += log.Take(isError: false, output.AsSpan(taken, 100)))
            {
            }

            var room = new TaskCompletionSource();
            log.OnRoom = () => room.TrySetResult();
            await room.Task;
            taken += log.Take(isError: false, output.AsSpan(taken));
            log.FlushLines();
            Assert.Equal(output.Length, taken);
        }

        Assert.Equal(output, LogContent.Read(LogContent.Files(disk["out.log"])).Bytes("stdout"));
    });

    [Fact]
    public void Take_FullDiskAndDrop_CountsAndSaysWhatIsMissing() => OnLoop.Run(async loop =>
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(sizeKiB: 512);
        byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 1_000).Select(i => $"line {i}\n")));
        using (OutputLog log = Open(loop, new LogSettings { Path = disk["out.log"], DropWhenFull = true }))
        {
            string filler = disk.Fill();
            int blocks = 0;
            for (; blocks < 100; blocks++)
            {
                Assert.Equal(block.Length, log.Take(isError: false, block));
                log.Flush();
                Assert.False(log.IsFull);
            }

            var room = new TaskCompletionSource();
            log.OnRoom = () => room.TrySetResult();
            File.Delete(filler);
            while (!LogContent.Read(disk["out.log"]).Any(line => line.Stream == "stderr"))
            {
                room = new TaskCompletionSource();
                await room.Task;
            }

            log.Take(isError: false, "after\n"u8);
            log.FlushLines();
            IReadOnlyList<LogContent.Line> lines = LogContent.Read(disk["out.log"]);
            LogContent.Line mark = lines.Single(line => line.Stream == "stderr");
            long dropped = long.Parse(mark.Text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains("ENOSPC", mark.Text, StringComparison.Ordinal);
            Assert.Equal("after\n", lines[^1].Text);
            Assert.InRange(dropped, 1, blocks * (long)block.Length);

            // The line that was begun when the dropping began has got an end.
            int invented = blocks * block.Length + 6 - (int)dropped - lines.Bytes("stdout").Length;
            Assert.InRange(invented, -1, 0);
            Assert.Equal($"{dropped}\n", File.ReadAllText(_directory["dropped"]));
        }
    });

    private OutputLog Open(EventLoop loop, LogSettings settings) => OutputLog.Open(loop, settings, _directory["dropped"]);
}
