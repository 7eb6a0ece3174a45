using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The role <c>shimd shim</c>, seen from outside: what it is, and what it writes.</summary>
public sealed class ShimTests : SceneTests
{
    private const int MaxThreads = 2;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Shim_OfARunningContainer_IsItsParentInASessionOfItsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        int shim = scene.ShimOf(id);

        Assert.Equal(shim, ProcFs.ParentOf(scene.PidOf(id)));
        Assert.Equal(scene.Agent.Pid, ProcFs.ParentOf(shim));
        Assert.Equal(shim, ProcFs.SessionOf(shim));
        Assert.Equal(scene.ProcessDirectory(id), ProcFs.WorkingDirectory(shim));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Shim_OfARunningContainer_HasFewThreadsAndNoSIGCHLDHandler(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        int shim = scene.ShimOf(scene.RunReady("until-term"));

        Assert.InRange(ProcFs.ThreadsOf(shim), 1, MaxThreads);
        Assert.Equal(0ul, ProcFs.CaughtSignals(shim) & (1ul << (Signal.SIGCHLD - 1)));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Directory_OfARunningContainer_HoldsTheContract(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 4");
        string directory = scene.ProcessDirectory(id);

        Assert.True(NativeFile.Status($"{directory}/exit") is { IsFifo: true });
        Assert.True(NativeFile.Status($"{directory}/control") is { IsSocket: true });
        Assert.Equal(Errno.EAGAIN, FileLock.TryTake($"{directory}/lock").Error);
        Assert.False(File.Exists($"{directory}/exit.json"));
        using var running = JsonDocument.Parse(File.ReadAllBytes($"{directory}/running.json"));
        Assert.Equal(scene.PidOf(id), running.RootElement.Number("pid"));
        Assert.Equal(1, running.RootElement.Number("version"));
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), running.RootElement.Text("bootId"));
        Assert.True(running.RootElement.GetProperty("startTicks").GetUInt64() > 0);

        _ = scene.Client.Call("stop", new { id });

        using var exit = JsonDocument.Parse(File.ReadAllBytes($"{directory}/exit.json"));
        Assert.Equal(4, exit.RootElement.Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Maps_OfAgentAndShim_HoldNoLibrary(string runtime)
    {
        // A static binary that loads one gets a second C library with it, and the two overwrite each other's thread-local storage.
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        foreach (int pid in (int[])[scene.Agent.Pid, scene.ShimOf(id)])
        {
            Assert.DoesNotContain(".so", File.ReadAllText($"/proc/{pid}/maps"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Shim_AfterTheExit_Goes(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        int shim = scene.ShimOf(id);

        _ = scene.Client.Call("stop", new { id });

        // Its first thread may be gone a moment before the last one, and the lock goes with the last.
        Poll.Until(() => !ProcFs.IsAlive(shim), "the shim ends");
        Poll.Until(
            () => FileLock.TryTake($"{scene.ProcessDirectory(id)}/lock") is { IsOk: true, Value: var taken } && Disposed(taken!),
            "the shim's lock is free");
    }

    [Fact]
    public void Exit_CleanUpIsSlow_IsOnDiskAndAnnouncedBefore()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 6";
        scene.Fake.Close("delete");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "exit" } });
        string id = scene.Run();

        JsonElement announced = listener.NextEvent("exit", id);

        Assert.Equal(6, announced.GetProperty("exit").Number("code"));
        using (var exit = JsonDocument.Parse(File.ReadAllBytes($"{scene.ProcessDirectory(id)}/exit.json")))
        {
            Assert.Equal(6, exit.RootElement.Number("code"));
        }

        scene.Fake.WaitForCall("delete");
        Assert.True(ProcFs.IsAlive(scene.ShimOf(id)));
        Assert.Equal("stopped", scene.StatusOf(id));
        Assert.Equal(6, scene.WaitFor(id).Number("code"));
        scene.Fake.Open("delete");
    }

    /// <summary>A shim that has announced an exit is still until the agent has told of it, but not for ever.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Exit_AgentIsStopped_IsCleanedUpAllTheSame(bool atRest)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exec sleep 1000";
        string id = scene.Run();
        int shim = scene.ShimOf(id);
        int pid = scene.PidOf(id);
        Poll.Until(() => !atRest || ProcFs.IsResting(shim), "the shim rests");

        ProcessControl.Kill(scene.Agent.Pid, Signal.Parse("STOP")!.Value).OrThrow("kill");
        try
        {
            ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
            scene.Fake.WaitForCall("delete");
            Poll.Until(() => !ProcFs.IsAlive(shim), "the shim has ended");
        }
        finally
        {
            ProcessControl.Kill(scene.Agent.Pid, Signal.SIGCONT).OrThrow("kill");
        }

        Assert.Equal((137, "waited"), (scene.WaitFor(id).Number("code"), scene.WaitFor(id).Text("source")));
    }

    [Fact]
    public void Exit_CleanUpIsSlow_DeleteWaitsForIt()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 0";
        scene.Fake.Close("delete");
        string id = scene.Run();
        _ = scene.WaitFor(id);
        Client other = scene.Connect();

        long delete = other.Send("delete", new { id });
        Assert.Equal("stopped", scene.StatusOf(id));
        Assert.False(other.IsAnswered(delete, withinMs: 20));
        scene.Fake.Open("delete");

        Assert.Equal("stopped", other.Result(delete).Text("status"));
    }

    [Fact]
    public void Exit_GrandchildHoldsTheStreams_IsAnnouncedAllTheSame()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "sleep 1000 & echo $! >child; exit 3";
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), stdio = new { stdout = new { fd = 0 } } }, output.Writer);

        Assert.Equal(3, scene.WaitFor(id).Number("code"));

        // A child in no namespace outlives its container's clean-up by a runtime that knows only one pid; it is the test's to end.
        int child = int.Parse(File.ReadAllText($"{scene.ProcessDirectory(id)}/child"), System.Globalization.CultureInfo.InvariantCulture);
        ProcessControl.Kill(child, Signal.SIGKILL).OrThrow("kill");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Shim_Subreaper_AdoptsWhatTheContainerLeaves(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string bundle = BundleBuilder.Write(scene["shared"], WithoutPidNamespace("fork-hold 1000", "until-term 2"));
        _ = scene.Client.Call("run", new { id, bundle });
        int init = scene.PidOf(id);
        int shim = scene.ShimOf(id);
        Poll.Until(() => ProcFs.ChildrenOf(init).Count == 1, "the container has a child");
        int child = ProcFs.ChildrenOf(init).Single();

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        Poll.Until(() => !ProcFs.IsAlive(child) && !ProcFs.IsAlive(shim), "the shim ends what is left, and goes");
    }

    private static System.Text.Json.Nodes.JsonObject WithoutPidNamespace(params IReadOnlyList<string> steps)
    {
        System.Text.Json.Nodes.JsonObject config = BundleBuilder.Config(["/shimd", "payload", "run", .. steps]);
        System.Text.Json.Nodes.JsonArray namespaces = config["linux"]!["namespaces"]!.AsArray();
        namespaces.RemoveAll(space => (string?)space!["type"] == "pid");
        return config;
    }

    private static bool Disposed(FileLock taken)
    {
        taken.Dispose();
        return true;
    }
}
