using System.Security.Cryptography;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Random bytes through each form of stdout, compared by hash; by the gigabyte where SHIMD_TEST_MB says so.</summary>
public sealed class GigabyteTests : SceneTests
{
    [Fact]
    public void File_AllIsThere() => Through(path => new { file = path }, (_, path) => RandomInput.HashOf(path));

    [Fact]
    public void Fd_ReaderStallsOnTheWay_AllIsThere()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
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
        (long, string) expected = RandomInput.Make(scene);
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
        (long, string) expected = RandomInput.Make(scene);
        string path = scene["out.log"];

        // Into some eight hundred files, of no more than a thousand that may be.
        object log = isRotated ? new { format, path, maxSize = Math.Max(RandomInput.MegaBytes * 1024 * 1024 / 700, 4096), maxFiles = 1000 } : new { format, path };
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = "log" };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("sleep 0.1", "cat", "exit 3"), stdio, log });
        for (int i = 0; i < 3; i++)
        {
            scene.Agent.Restart();
        }

        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
        Assert.Equal(expected, LogHash.Of([.. LogContent.Files(path)]));
    }

    /// <summary>They come, read some, and go; what they have not read is there for the next one, while the process holds the fifo.</summary>
    [Fact]
    public void Fifo_ReadersVanishAgainAndAgain_AllIsThere()
    {
        const int Readers = 50;
        Scene scene = Enter(Scene.With("crun"));
        (long bytes, string sha256) = RandomInput.Make(scene);
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = new { fifo = scene["out"] } };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "ignore-term"), stdio });

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[256 * 1024];
        for (long got = 0; got < bytes;)
        {
            using Fd reader = Fifo.OpenReader(scene["out"]).OrThrow("open");
            for (long end = Math.Min(bytes, got + (bytes / Readers)); got < end;)
            {
                Assert.NotEqual(EpollEvents.None, Ready.Wait(reader));
                int read = (int)reader.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - got))).OrThrow("read");
                hash.AppendData(buffer.AsSpan(0, read));
                got += read;
            }
        }

        Assert.Equal(sha256, Convert.ToHexString(hash.GetHashAndReset()));
        Assert.Equal("running", scene.StatusOf(id));
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("log")]
    [InlineData("attach")]
    public void Terminal_Raw_AllItShowsIsThere(string form)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        string bundle = Busybox.Bundle(scene["bundle"], "/busybox stty raw -echo; /busybox cat /srv/random; exit 3", terminal: true);
        File.Move(scene["random"], Path.Combine(bundle, "rootfs/srv/random"));
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        using Fd reader = Fifo.OpenReader(scene["out"]).OrThrow("open");
        object stdout = form == "fifo" ? new { fifo = scene["out"] } : form;
        object? log = form == "log" ? new { format = "cri", path = scene["out.log"] } : null;
        _ = scene.Client.Call("create", new { id, bundle, stdio = new { stdout }, log });
        using RawAttach? client = form == "attach" ? RawAttach.To(scene, new { id, onFull = "block" }) : null;
        _ = scene.Client.Call("start", new { id });

        (long, string)? read = form == "fifo" ? HashToEnd(scene, id, reader) : client?.HashToEnd();
        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
        Assert.Equal(expected, read ?? LogHash.Of(scene["out.log"]));
    }

    [Fact]
    public void Stdin_Fifo_AllIsThere()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio = new { stdin = new { fifo = scene["in"] }, stdout = new { file = scene["out"] } } });

        using (Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open"))
        {
            writer.SetNonBlocking(false).OrThrow("fcntl");
            RandomInput.Feed(scene, bytes => writer.WriteAll(bytes).OrThrow("write"));
        }

        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
        Assert.Equal(expected, RandomInput.HashOf(scene["out"]));
    }

    private void Through(Func<string, object> stdout, Func<Scene, string, (long, string)> read)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = stdout(scene["out"]) };
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio });

        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
        Assert.Equal(expected, read(scene, scene["out"]));
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
            if (!stalled && bytes > RandomInput.MegaBytes * 512L * 1024)
            {
                stalled = true;
                Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 1500 }).Name);
                scene.Agent.Restart();
            }
        }
    }
}
