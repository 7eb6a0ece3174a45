using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What an exec leaves running in the container, and where its words go once the exec is over.</summary>
public sealed class LeftBehindTests : SceneTests
{
    private const string Daemon =
        "(trap '' PIPE; until read -r word </srv/go; do :; done; if echo daemon; then echo written >/srv/said; else echo broken >/srv/said; fi) 2>/dev/null & exit 3";

    [Theory]
    [InlineData("log", "broken")]
    [InlineData("file", "written")]
    public void Exec_DaemonWritesAfterItsEnd_OnlyAPipeToTheShimIsGone(string stdout, string said)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string bundle = Busybox.Bundle(scene["bundle"], "while :; do /busybox sleep 1000; done");
        string shared = scene["bundle/rootfs/srv"];
        Fifo.Create(Path.Combine(shared, "go")).OrThrow("mkfifo");
        Fifo.Create(Path.Combine(shared, "said")).OrThrow("mkfifo");
        using Fd go = Fifo.OpenBoth(Path.Combine(shared, "go")).OrThrow("open");
        using Fd heard = Fifo.OpenBoth(Path.Combine(shared, "said")).OrThrow("open");
        _ = scene.Client.Call("run", new { id, bundle });
        object target = stdout == "file" ? new { file = scene["out"] } : stdout;

        JsonElement ended = scene.Client.Call(
            "exec", new { id, process = "job", args = Busybox.Shell(Daemon), stdio = new { stdout = target }, wait = true });
        Assert.Equal(3, ended.GetProperty("exit").Number("code"));
        using (var running = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(scene.ProcessDirectory(id), "../job/running.json"))))
        {
            int shim = running.RootElement.GetProperty("shimPid").GetInt32();
            Poll.Until(() => !ProcFs.IsAlive(shim), "the exec's shim has ended");
        }

        Ready.Send(go, "go\n"u8);

        Assert.Equal(said, Child.ReadLine(heard));
        Assert.Equal("running", scene.StatusOf(id));
    }
}
