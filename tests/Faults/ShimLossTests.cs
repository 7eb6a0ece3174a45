using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>The shim of a process is killed, and what becomes of the process: as the agent was told, and never a made-up code.</summary>
public sealed class ShimLossTests : SceneTests
{
    private static readonly string[] s_leave = ["--on-shim-loss", "leave"];

    /// <summary>How an exit is known depends on who was the parent of the process once its shim had died.</summary>
    [Theory]
    [InlineData("crun", false)]
    [InlineData("runc", false)]
    [InlineData("crun", true)]
    [InlineData("runc", true)]
    public void Kill_Default_TheProcessIsKilled(string runtime, bool restarted)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        if (restarted)
        {
            scene.Agent.Restart();
        }

        Client listener = scene.Connect();
        _ = listener.Call("subscribe");
        KillShim(scene, id);

        JsonElement lost = listener.NextEvent("shim-lost", id);
        Assert.Equal(("init", pid), (lost.Text("process"), lost.Number("pid")));
        AssertSource(listener.NextEvent("exit", id).GetProperty("exit"), restarted, "SIGKILL");
        Assert.False(ProcFs.IsAlive(pid));
        Assert.Equal("stopped", scene.StatusOf(id));
    }

    [Fact]
    public void Kill_Paused_TheProcessIsKilled()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("pause", new { id });

        KillShim(scene, id);

        AssertSource(scene.WaitFor(id), restarted: false, "SIGKILL");
    }

    [Fact]
    public void Kill_ShimOfExec_TheContainerRunsOn()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("exec", new { id, process = "probe", args = (string[])["/shimd", "payload", "ignore-term"] });

        KillShim(Path.Combine(scene.Agent.Root, "containers", id, "processes", "probe"));

        AssertSource(scene.Client.Call("wait", new { id, process = "probe" }), restarted: false, "SIGKILL");
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [InlineData("crun", false)]
    [InlineData("runc", false)]
    [InlineData("crun", true)]
    public void Leave_TheContainerRunsOn_AndItsEndIsKnown(string runtime, bool restarted)
    {
        Scene scene = Enter(Scene.With(runtime, s_leave));
        string id = scene.RunReady("until-term 5");
        int pid = scene.PidOf(id);
        if (restarted)
        {
            scene.Agent.Restart();
        }

        Client listener = scene.Connect();
        _ = listener.Call("subscribe");
        KillShim(scene, id);
        _ = listener.NextEvent("shim-lost", id);

        Assert.Equal(("running", pid), (scene.StatusOf(id), scene.PidOf(id)));
        JsonElement exec = scene.Client.Call("exec", new { id, wait = true, args = (string[])["/shimd", "payload", "exit", "3"] });
        Assert.Equal(3, exec.GetProperty("exit").Number("code"));
        _ = listener.NextEvent("exit", id);
        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        JsonElement exit = listener.NextEvent("exit", id).GetProperty("exit");
        AssertSource(exit, restarted, signal: null);
        Assert.True(exit.IsNull("code") || exit.Number("code") == 5);
    }

    [Fact]
    public void Leave_AgentRestartsAfterwards_IsStillWatched()
    {
        Scene scene = Enter(Scene.With("crun", s_leave));
        string id = scene.RunReady("until-term 5");
        KillShim(scene, id);
        scene.Agent.Restart();
        Client listener = scene.Connect();
        _ = listener.Call("subscribe");
        Assert.Equal("running", scene.StatusOf(id));

        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        JsonElement exit = listener.NextEvent("exit", id).GetProperty("exit");
        AssertSource(exit, restarted: true, signal: null);
    }

    [Fact]
    public void Create_ShimKilledWhileTheRuntimeWorks_NothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        string id = scene.NewId();
        long create = scene.Client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");
        int shim = ProcFs.ChildrenOf(scene.Agent.Pid).Single();

        ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill");

        Assert.Contains("SIGKILL", scene.Client.Error(create).Message, StringComparison.Ordinal);
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Create_ShimAndAgentKilledWhileTheRuntimeWorks_NothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        string id = scene.NewId();
        _ = scene.Client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");
        int shim = ProcFs.ChildrenOf(scene.Agent.Pid).Single();
        scene.Agent.Kill();
        ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill");
        Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is dead");

        scene.Agent.Start();

        scene.AssertNothingLeft();
    }

    [Fact]
    public void Reboot_NothingIsTakenForAlive()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        KillAll(scene, id);

        // The pid is somebody else's since the boot, and by chance with the same number of ticks.
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Child stranger = Child.StartCat(stdin.Reader, stdin.Writer);
        Change(scene, id, "pid", stranger.Pid);
        Change(scene, id, "startTicks", TicksOf(stranger.Pid));
        Change(scene, id, "bootId", "00000000-0000-0000-0000-000000000000");
        scene.Agent.Start();

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal(("lost", true), (exit.Text("source"), exit.IsNull("code")));
        Assert.Contains("restarted", exit.Text("reason"), StringComparison.Ordinal);
        Assert.Equal("BAD_STATE", scene.Client.Refused("kill", new { id, signal = "KILL" }).Name);
        _ = scene.Client.Call("delete", new { id });
        Assert.True(ProcFs.IsAlive(stranger.Pid));
    }

    /// <summary>running.json is not synced; what the disk has after a power cut may be nothing, or an empty file.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PowerCut_RunningRecordIsLost_TheReasonIsKnown(bool isEmpty)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        KillAll(scene, id);
        Change(scene, id, "bootId", "00000000-0000-0000-0000-000000000000", "process.json");
        string running = Path.Combine(scene.ProcessDirectory(id), "running.json");
        File.Delete(running);
        if (isEmpty)
        {
            File.WriteAllText(running, "");
        }

        scene.Agent.Start();

        Assert.Contains("the machine was restarted", scene.WaitFor(id).Text("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void RecycledPid_IsNeverSignalled()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        KillAll(scene, id);
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Child stranger = Child.StartCat(stdin.Reader, stdin.Writer);
        Change(scene, id, "pid", stranger.Pid);

        scene.Agent.Start();

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal(("lost", true), (exit.Text("source"), exit.IsNull("code")));
        Assert.Equal("BAD_STATE", scene.Client.Refused("kill", new { id, signal = "KILL" }).Name);
        _ = scene.Client.Call("delete", new { id });
        Assert.True(ProcFs.IsAlive(stranger.Pid));
    }

    [Fact]
    public void RecycledPid_WhileTheShimLives_IsNeverSignalled()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        string file = Path.Combine(scene.ProcessDirectory(id), "running.json");
        string asItWas = File.ReadAllText(file);
        scene.Agent.Kill();
        Change(scene, id, "startTicks", 1);
        scene.Agent.Start();

        Assert.Equal("BAD_STATE", scene.Client.Refused("kill", new { id, signal = "KILL" }).Name);
        Assert.True(ProcFs.IsAlive(pid));
        Assert.Equal("running", scene.StatusOf(id));

        scene.Agent.Kill();
        File.WriteAllText(file, asItWas);
        scene.Agent.Start();
    }

    private static void KillShim(Scene scene, string id) => KillShim(scene.ProcessDirectory(id));

    private static void KillShim(string processDirectory)
    {
        int shim = JsonElement.Parse(File.ReadAllBytes($"{processDirectory}/running.json")).Number("shimPid");
        ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill");
        Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is dead");
    }

    /// <summary>The agent, the shim and the process, in this order.</summary>
    private static void KillAll(Scene scene, string id)
    {
        int pid = scene.PidOf(id);
        scene.Agent.Kill();
        KillShim(scene, id);
        ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
        Poll.Until(() => !ProcFs.IsAlive(pid), "the process has ended");
    }

    private static void Change<T>(Scene scene, string id, string member, T value, string name = "running.json")
    {
        string file = Path.Combine(scene.ProcessDirectory(id), name);
        JsonNode running = JsonNode.Parse(File.ReadAllText(file))!;
        running[member] = JsonValue.Create(value);
        File.WriteAllText(file, running.ToJsonString());
    }

    private static ulong TicksOf(int pid) => Assert.NotNull(Storage.ProcessIdentity.StartTicks(pid));

    private static void AssertSource(JsonElement exit, bool restarted, string? signal)
    {
        // A pidfd tells where the kernel does (Linux 6.15), or while the process is a zombie; and an agent that is the parent's parent may
        // hear of the shim's end before the process is given to it.
        Assert.Contains(exit.Text("source"), restarted ? ["pidfd", "lost"] : (string[])["reparented", "pidfd"]);
        Assert.Equal(exit.Text("source") == "lost", exit.IsNull("code"));
        Assert.Equal(exit.Text("source") == "lost" ? null : signal, exit.IsNull("signal") ? null : exit.Text("signal"));
    }
}
