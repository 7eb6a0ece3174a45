using System.Security.Cryptography;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Random bytes to and from clients that are attached, compared by hash; by the gigabyte where SHIMD_TEST_MB says so.</summary>
public sealed class GigabyteAttachTests : SceneTests
{
    private static object Attach => "attach";

    /// <summary>What comes to the only client is not copied; with another one it is; and again it is not.</summary>
    [Fact]
    public void Attach_OneClientStallsAndAnotherComesAndGoes_AllIsThereAndHardlyAnyIsCopied()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = Attach };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat", "ignore-term"), stdio });
        using RawAttach client = RawAttach.To(scene, new { id, onFull = "block" });
        long before = ProcFs.BytesReadBy(scene.ShimOf(id));
        _ = scene.Client.Call("start", new { id });

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        for (int megaByte = 0; megaByte < RandomInput.MegaBytes; megaByte++)
        {
            if (megaByte % Math.Max(1, RandomInput.MegaBytes / 8) == 0)
            {
                using RawAttach other = RawAttach.To(scene, new { id });
                client.ReadExactly(buffer.AsSpan(0, buffer.Length / 2));
                Assert.True(other.Fd.Read(buffer.AsSpan(buffer.Length / 2)).OrThrow("read") > 0);
                other.Dispose();
                client.ReadExactly(buffer.AsSpan(buffer.Length / 2));
            }
            else
            {
                client.ReadExactly(buffer);
            }

            hash.AppendData(buffer);
        }

        Assert.Equal(expected, (RandomInput.MegaBytes * 1024L * 1024, Convert.ToHexString(hash.GetHashAndReset())));
        Assert.InRange(ProcFs.BytesReadBy(scene.ShimOf(id)) - before, 1, expected.Item1 / 2);
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
    }

    [Fact]
    public async Task Attach_TenClientsOfWhomThreeNeverRead_TheOthersGetAll() => await Attached(Attach, null);

    [Fact]
    public async Task LogAndAttach_TenClientsOfWhomThreeNeverRead_TheOthersAndTheLogHaveAll()
        => await Attached("log", path => new { format = "cri", path });

    [Fact]
    public async Task LogAndAttach_ReadersVanishAgainAndAgain_TheLogAndWhoStaysHaveAll()
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout = "log" };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat", "exit 3"), stdio, log = new { format = "cri", path = scene["out.log"] } });
        using RawAttach stays = RawAttach.To(scene, new { id, onFull = "block" });
        var readsAll = RandomInput.Beside(stays.HashToEnd);
        RawAttach[] vanish = [.. Enumerable.Range(0, 12).Select(i => RawAttach.To(scene, new { id, onFull = i % 2 == 0 ? "block" : "drop" }))];
        _ = scene.Client.Call("start", new { id });

        byte[] buffer = new byte[64 * 1024];
        foreach (RawAttach reader in vanish)
        {
            // Whoever blocks holds the process up until it has gone, with all that it has not read.
            Assert.True(reader.Fd.Read(buffer).OrThrow("read") > 0);
            reader.Dispose();
        }

        Assert.Equal(expected, await readsAll);
        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
        Assert.Equal(expected, LogHash.Of(scene["out.log"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stdin_Attached_HalfCloseIsTheEnd_AllIsThere(bool terminal)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long bytes, string sha256) = RandomInput.Make(scene);
        string id = scene.NewId();

        // A raw terminal has no end, and so the program has to know it.
        string words = $"/busybox stty raw -echo; echo ready; /busybox head -c {bytes}; exit 3";
        string bundle = terminal ? Busybox.Bundle(scene["bundle"], words, terminal: true) : scene.Payload("print ready", "cat", "exit 3");
        _ = scene.Client.Call("create", new { id, bundle, stdio = new { stdin = Attach, stdout = Attach } });
        using RawAttach client = RawAttach.To(scene, new { id, stdin = true, onFull = "block" });
        _ = scene.Client.Call("start", new { id });
        _ = client.ReadUntil("ready\n");
        Task<(long, string)> reader = RandomInput.Beside(client.HashToEnd);

        RandomInput.Feed(scene, client.Send);
        client.HalfClose();

        Assert.Equal((bytes, sha256), await reader);
        Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
    }

    private async Task Attached(object stdout, Func<string, object>? log)
    {
        Scene scene = Enter(Scene.With("crun"));
        (long, string) expected = RandomInput.Make(scene);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["random"] }, stdout };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat", "exit 3"), stdio, log = log?.Invoke(scene["out.log"]) });
        List<RawAttach> clients = [.. Enumerable.Range(0, 10).Select(i => RawAttach.To(scene, new { id, onFull = i < 7 ? "block" : "drop" }))];
        try
        {
            List<Task<(long, string)>> readers = [.. clients.Take(7).Select(client => RandomInput.Beside(client.HashToEnd))];
            _ = scene.Client.Call("start", new { id });
            scene.Agent.Restart();
            foreach (Task<(long, string)> reader in readers)
            {
                Assert.Equal(expected, await reader);
            }

            Assert.Equal(3, RandomInput.ExitOf(scene, id).Number("code"));
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
}
