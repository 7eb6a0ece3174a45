using System.Security.Cryptography;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Random bytes through each form of stdout, compared by hash; by the gigabyte where SHIMD_TEST_MB says so.</summary>
public sealed class GigabyteTests : SceneTests
{
    private static readonly int s_megaBytes = int.TryParse(Environment.GetEnvironmentVariable("SHIMD_TEST_MB"), out int number) ? number : 16;

    private static object Attach => "attach";

    [Fact]
    public void File_AllIsThere() => Through(path => new { file = path }, (_, path) => HashOf(path));

    [Fact]
    public void Fd_ReaderStallsOnTheWay_AllIsThere()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = MakeInput(scene);
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = new { fd = 0 } };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio }, pipe.Writer);
        pipe.Writer.Dispose();

        Assert.Equal(expected, HashToEnd(scene, id, pipe.Reader));
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Fact]
    public void Fifo_ReaderStallsOnTheWay_AllIsThere()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = MakeInput(scene);
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        using Fd reader = Fifo.OpenReader(scene["out"]).OrThrow("open");
        reader.SetNonBlocking(false).OrThrow("fcntl");
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = new { fifo = scene["out"] } };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio });

        Assert.Equal(expected, HashToEnd(scene, id, reader));
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [InlineData("cri", false)]
    [InlineData("json-file", false)]
    [InlineData("cri", true)]
    public void Log_AgentKilledOnTheWay_AllIsThere(string format, bool isRotated)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = MakeInput(scene);
        string path = scene["out.log"];

        // Into some eight hundred files, of no more than a thousand that may be.
        object log = isRotated ? new { format, path, maxSize = Math.Max(s_megaBytes * 1024 * 1024 / 700, 4096), maxFiles = 1000 } : new { format, path };
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = "log" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("sleep 0.1", "cat", "exit 3"), stdio, log });
        for (int i = 0; i < 3; i++)
        {
            scene.Agent.Restart();
        }

        Assert.Equal(3, Exit(scene, id).Number("code"));
        Assert.Equal(expected, LogHash.Of([.. LogContent.Files(path)]));
    }

    [Fact]
    public async Task Attach_TenClientsOfWhomThreeNeverRead_TheOthersGetAll() => await Attached(Attach, null);

    [Fact]
    public async Task LogAndAttach_TenClientsOfWhomThreeNeverRead_TheOthersAndTheLogHaveAll()
        => await Attached("log", path => new { format = "cri", path });

    private async Task Attached(object stdout, Func<string, object>? log)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = MakeInput(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat", "exit 3"), stdio, log = log?.Invoke(scene["out.log"]) });
        List<RawAttach> clients = [.. Enumerable.Range(0, 10).Select(i => RawAttach.To(scene, new { id, onFull = i < 7 ? "block" : "drop" }))];
        try
        {
            List<Task<(long, string)>> readers = [.. clients.Take(7).Select(client => Task.Factory.StartNew(
                client.HashToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            _ = scene.Client.Call("start", new { id });
            scene.Agent.Restart();
            foreach (Task<(long, string)> reader in readers)
            {
                Assert.Equal(expected, await reader);
            }

            Assert.Equal(3, Exit(scene, id).Number("code"));
            Assert.All(clients.Skip(7), idle => Assert.InRange(idle.HashToEnd().Bytes, 1, expected.Item1 - 1));
            if (log is not null)
            {
                Assert.Equal(expected, LogHash.Of(scene["out.log"]));
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private void Through(Func<string, object> stdout, Func<Scene, string, (long, string)> read)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = MakeInput(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = stdout(scene["out"]) };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio });

        Assert.Equal(3, Exit(scene, id).Number("code"));
        Assert.Equal(expected, read(scene, scene["out"]));
    }

    /// <summary>However long it takes; each answer of the agent comes within the deadline.</summary>
    private static JsonElement Exit(Scene scene, string id)
    {
        for (int i = 0; i < 100 && scene.StatusOf(id) == "running"; i++)
        {
            Poll.Holds(() => scene.StatusOf(id) != "running", withinMs: 10_000);
        }

        return scene.WaitFor(id);
    }

    /// <summary>In the midst of it nothing is read until the container has long been waiting; and the agent is killed and comes back.</summary>
    private static (long Bytes, string Sha256) HashToEnd(Scene scene, string id, Fd reader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[256 * 1024];
        long bytes = 0;
        bool stalled = false;
        while (true)
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(reader));
            int read = (int)reader.Read(buffer).OrThrow("read");
            if (read == 0)
            {
                return (bytes, Convert.ToHexString(hash.GetHashAndReset()));
            }

            hash.AppendData(buffer.AsSpan(0, read));
            bytes += read;
            if (!stalled && bytes > s_megaBytes * 512L * 1024)
            {
                stalled = true;
                Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 1500 }).Name);
                scene.Agent.Restart();
            }
        }
    }

    private static (long Bytes, string Sha256) MakeInput(Scene scene)
    {
        using FileStream file = File.Create(scene["random"]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 20];
        var random = new Random(s_megaBytes);
        for (int i = 0; i < s_megaBytes; i++)
        {
            random.NextBytes(block);
            file.Write(block);
            hash.AppendData(block);
        }

        return (file.Length, Convert.ToHexString(hash.GetHashAndReset()));
    }

    private static (long Bytes, string Sha256) HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return (file.Length, Convert.ToHexString(SHA256.HashData(file)));
    }
}
