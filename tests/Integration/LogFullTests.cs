using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Logs on a disk of 1 MiB that is full.</summary>
public sealed class LogFullTests : SceneTests
{
    private const int FullKiB = 1024;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Block_DiskIsFull_TheContainerWaitsAndLosesNothing(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(FullKiB);
        string filler = disk.Fill();
        string id = scene.NewId();
        var log = new { format = "cri", path = disk["out.log"], onFull = "block" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("spam 512000", "exit 5"), log });
        Poll.Until(() => File.ReadAllText(Path.Combine(scene.ProcessDirectory(id), "shim.log")).Contains("output waits", StringComparison.Ordinal), "the log waits");
        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal(0, scene.Client.Call("stats", new { id }).GetProperty("shim").Number("droppedBytes"));

        File.Delete(filler);

        Assert.Equal(5, scene.WaitFor(id).Number("code"));
        Assert.Equal(512_000, LogContent.Read(disk["out.log"]).Bytes("stdout").Length);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Drop_DiskIsFull_TheContainerRunsOnAndWhatIsMissingIsCounted(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(FullKiB);
        string filler = disk.Fill();
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        using Fd input = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        string id = scene.NewId();
        var log = new { format = "json-file", path = disk["out.log"], onFull = "drop" };
        var stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log", stderr = "log" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("spam 1024000", "print ran on --stderr", "cat"), stdio, log });
        Poll.Until(() => Dropped(scene, id) > 0, "the dropped bytes are counted");

        File.Delete(filler);
        Poll.Until(() => Marks(disk).Length > 0, "the log says what is missing");
        input.WriteAll("after\n"u8);
        Poll.Until(() => LogContent.ReadSoFar(disk["out.log"])[^1].Text == "after\n", "what comes then is logged");

        long logged = LogContent.Read(disk["out.log"]).Where(line => !line.Text.StartsWith("shimd: ", StringComparison.Ordinal)).Sum(line => line.Output.Length);
        Assert.Equal(1_024_000 + "ran on\nafter\n".Length, logged + Dropped(scene, id));
        Assert.Equal(Dropped(scene, id), Marks(disk).Sum());
    }

    [Fact]
    public void Block_ExitWhileTheDiskIsFull_ComesAllTheSameAndWhatIsLostIsCounted()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip(FullKiB);
        disk.Fill();
        scene.Fake.Program = "echo one; echo two >&2; exit 6";
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { path = disk["out.log"] } });

        Assert.Equal(6, scene.WaitFor(id).Number("code"));
        Poll.Until(() => File.ReadAllText(Path.Combine(scene.ProcessDirectory(id), "output.dropped")) == "8\n", "what could not be logged is counted");
    }

    private static long Dropped(Scene scene, string id)
        => scene.Client.Call("stats", new { id }).GetProperty("shim").TryGetProperty("droppedBytes", out JsonElement bytes) ? bytes.GetInt64() : 0;

    private static long[] Marks(TinyFileSystem disk)
        => [.. from line in LogContent.ReadSoFar(disk["out.log"])
               where line.Stream == "stderr" && line.Text.StartsWith("shimd: ", StringComparison.Ordinal)
               select long.Parse(line.Text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)];
}
