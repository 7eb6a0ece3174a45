using System.Globalization;
using System.Security.Cryptography;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Random bytes through logs that are rotated at every line, and that have a disk of 1 MiB; by the gigabyte where SHIMD_TEST_MB says so.</summary>
public sealed class GigabyteLogTests : SceneTests
{
    private const int DiskKiB = 1024;
    private const int FileBytes = 64 * 1024;

    /// <summary>What is fed and then looked at: fewer lines than files are kept.</summary>
    private const int ChunkBytes = 2 * 1024 * 1024;

    /// <summary>Two of the shortest lines are more than fits into the smallest file that may be.</summary>
    private const int SmallestFileBytes = 4096;
    private const int ShortestLine = 2100;
    private const int LongestLine = 16 * 1024;

    [Theory]
    [InlineData("cri")]
    [InlineData("json-file")]
    public void Log_RotatedAtEveryLine_EachIsInAFileOfItsOwn(string format)
    {
        Scene scene = Enter(Scene.With("crun"));
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        using Fd input = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        string path = scene["out.log"];
        string id = scene.NewId();
        var log = new { format, path, maxSize = SmallestFileBytes, maxFiles = 1000 };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log" }, log });

        var random = new Random(RandomInput.MegaBytes);
        var lines = new Queue<byte[]>();
        long file = 0;
        for (long sent = 0; sent < RandomInput.MegaBytes * 1024L * 1024;)
        {
            for (long end = sent + ChunkBytes; sent < end; sent += lines.Last().Length)
            {
                lines.Enqueue(Line(random));
                input.WriteAll(lines.Last()).OrThrow("write");
            }

            // All but the last one, which is in the current file.
            Poll.Until(() => File.Exists($"{path}.{file + lines.Count - 1}"), "each line is in a file");
            while (lines.Count > 1)
            {
                // The newest one stays: where none is left, a shim that has rested counts from 1 again.
                AssertIs(lines.Dequeue(), $"{path}.{++file}");
                File.Delete($"{path}.{file - 1}");
            }
        }

        scene.Agent.Restart();
        _ = scene.Client.Call("closeStdin", new { id });
        input.Dispose();
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        AssertIs(lines.Dequeue(), path);
        Assert.Equal([$"{path}.{file}", path], LogContent.Files(path));
        TestContext.Current.TestOutputHelper?.WriteLine($"{file + 1} lines, {file} rotations");
    }

    [Theory]
    [InlineData("cri")]
    [InlineData("json-file")]
    public void Block_DiskOf1MiBIsFullAgainAndAgain_AllIsThere(string format)
    {
        Scene scene = Enter(Scene.With("crun"));
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(DiskKiB);
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        var log = new { format, path = disk["out.log"], maxSize = FileBytes, maxFiles = 1000, onFull = "block" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio = new { stdin = new { file = scene["random"] }, stdout = "log" }, log });

        // Most of the time there is room, else it would take a day.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long between = Math.Max(2, RandomInput.MegaBytes / 64) * 1024L * 1024;
        long bytes = 0;
        int times = 0;
        while (scene.StatusOf(id) == "running")
        {
            if (bytes >= times * between)
            {
                Poll.Until(() => Waits(scene, id) > times || scene.StatusOf(id) != "running", "the disk is full");
                times = Waits(scene, id);
            }

            bytes += Collect(disk["out.log"], file => LogHash.Add(hash, file));
        }

        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        bytes += Collect(disk["out.log"], file => LogHash.Add(hash, file)) + LogHash.Add(hash, disk["out.log"]);
        Assert.Equal(expected, (bytes, Convert.ToHexString(hash.GetHashAndReset())));
        Assert.True(times >= Math.Min(RandomInput.MegaBytes / 2, 64), $"the disk was full only {times} times");
        Assert.Equal(0, DroppedByFile(scene, id));
        TestContext.Current.TestOutputHelper?.WriteLine($"the disk was full {times} times");
    }

    [Theory]
    [InlineData("cri")]
    [InlineData("json-file")]
    public void Drop_DiskOf1MiBIsFullAgainAndAgain_WhatIsMissingIsWhereAndAsMuchAsIsSaid(string format)
    {
        Scene scene = Enter(Scene.With("crun"));
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(DiskKiB);
        _ = RandomInput.Make(scene);
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        using Fd input = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        string id = scene.NewId();
        string path = disk["out.log"];
        var log = new { format, path, maxSize = FileBytes, maxFiles = 1000, onFull = "drop" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log" }, log });

        using FileStream source = File.OpenRead(scene["random"]);
        using var walk = new LogWalk(scene["random"]);
        byte[] buffer = new byte[1 << 20];
        int perRound = Math.Max(4, RandomInput.MegaBytes / 64);
        for (int megaByte = 1; megaByte <= RandomInput.MegaBytes; megaByte++)
        {
            input.WriteAll(buffer.AsSpan(0, source.Read(buffer))).OrThrow("write");
            if (megaByte % perRound == 0)
            {
                // Then there is room again, and the log goes on without help.
                Poll.Until(() => DroppedByStats(scene, id) > walk.Missing, "the disk is full");
                int marks = walk.Marks;
                Poll.Until(() => Collect(path, walk.Add) >= 0 && SaysThatSomeIsMissing(), "what comes then is logged, and what is missing is told");
                bool SaysThatSomeIsMissing() => walk.Marks > marks || LogContent.ReadSoFar(path).Any(line => LogWalk.MissingAt(line) > 0);
            }
        }

        // What comes at last is there, too.
        byte[] last = [.. "\nlast words\n"u8];
        Poll.Until(
            () =>
            {
                _ = Collect(path, walk.Add);
                File.AppendAllBytes(scene["random"], last);
                input.WriteAll(last).OrThrow("write");
                return Poll.Holds(() => LogContent.ReadSoFar(path) is [.., { Text: "last words\n" }], withinMs: 2000);
            },
            "the log goes on");
        long dropped = DroppedByStats(scene, id);
        Assert.Equal(dropped, DroppedByFile(scene, id));
        _ = scene.Client.Call("closeStdin", new { id });
        input.Dispose();
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        _ = Collect(path, walk.Add);
        _ = walk.Add(path);
        walk.AssertAtTheEnd();
        Assert.Equal(dropped, walk.Missing);
        TestContext.Current.TestOutputHelper?.WriteLine($"{walk.Missing} bytes missing in {walk.Marks} places");
    }

    private static byte[] Line(Random random)
    {
        byte[] line = new byte[random.Next(ShortestLine, LongestLine)];
        random.NextBytes(line);
        line.AsSpan().Replace((byte)'\n', (byte)0);
        line[^1] = (byte)'\n';
        return line;
    }

    private static void AssertIs(byte[] line, string file) => Assert.Equal(line, Assert.Single(LogContent.Read(file)).Output);

    /// <summary>Takes the full files, the oldest first, and gives their room back.</summary>
    /// <returns>The sum of what is said of them.</returns>
    private static long Collect(string path, Func<string, long> add)
    {
        long sum = 0;
        foreach (string file in LogContent.Files(path).SkipLast(1))
        {
            sum += add(file);
            File.Delete(file);
        }

        return sum;
    }

    private static int Waits(Scene scene, string id)
        => File.ReadAllText(Path.Combine(scene.ProcessDirectory(id), "shim.log")).Split("output waits").Length - 1;

    private static long DroppedByStats(Scene scene, string id) => scene.Client.Call("stats", new { id }).GetProperty("shim").GetProperty("droppedBytes").GetInt64();

    private static long DroppedByFile(Scene scene, string id)
        => long.Parse(File.ReadAllText(Path.Combine(scene.ProcessDirectory(id), "output.dropped")), CultureInfo.InvariantCulture);
}
