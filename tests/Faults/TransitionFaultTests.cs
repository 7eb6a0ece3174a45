using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Faults.Matrix;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>
/// A start, and what can come to pass beside it: the process ends, the agent dies, the call of the runtime outlives it or its deadline.
/// The events tell what was, once, and nothing after the exit.
/// </summary>
public sealed class TransitionFaultTests : SceneTests
{
    [Fact]
    public void Start_AgainWhileTheExitOfTheFirstWaits_IsRefused_AndTheExitIsTheLast()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        using var stage = new Stage(scene, scene.Fake.Path);
        string id = scene.Create();
        scene.Fake.Close("start");
        stage.StartDoomed(CrashPoint.ExitAnnounced);

        // The second one is at hand in the moment in which the first has failed, and before the exit that waited for it.
        _ = stage.Client.Send("start", new { id });
        _ = stage.Client.Send("start", new { id });
        scene.Fake.WaitForCall("start");
        _ = stage.Let(Meanwhile.ProcessEnds, id);
        RoundTrip(scene);
        scene.Fake.Fail("start", "it has ended");
        scene.Fake.Open("start");
        stage.WaitForDeath();
        Poll.Until(() => !Stage.HasShim(scene.ProcessDirectory(id)), "the shim has cleaned up");
        scene.Fake.Behave();

        scene.Agent.Start();

        Poll.Until(() => scene.StatusOf(id) == "stopped", "the exit is known");
        AssertTold(scene, id, "create", "exit");
        stage.Close();
    }

    [Fact]
    public void Recovery_ExitWasToldAndTheRecordSaysStarting_NothingIsToldAfterIt()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = scene.WaitFor(id);
        Poll.Until(() => !Stage.HasShim(scene.ProcessDirectory(id)), "the shim has cleaned up");
        scene.Agent.Kill();
        string record = scene[$"root/containers/{id}/container.json"];
        string before = File.ReadAllText(record);
        File.WriteAllText(record, before.Replace("\"created\"", "\"starting\"", StringComparison.Ordinal));
        Assert.NotEqual(before, File.ReadAllText(record));

        scene.Agent.Start();

        Poll.Until(() => scene.StatusOf(id) == "stopped", "the exit is known");
        AssertTold(scene, id, "create", "exit");
    }

    [Fact]
    public void Start_AgentDiesAndTheRuntimeIsStillAtIt_ItsEndIsAwaited()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        scene.Fake.Close("start");
        _ = scene.Client.Send("start", new { id });
        scene.Fake.WaitForCall("start");

        scene.Agent.Restart();
        Assert.Equal("created", scene.StatusOf(id));
        RoundTrip(scene);
        Assert.DoesNotContain(scene.Fake.Calls, call => call.StartsWith("state ", StringComparison.Ordinal));
        scene.Fake.Open("start");

        Poll.Until(() => scene.StatusOf(id) == "running", "the start is known to have come through");
        AssertTold(scene, id, "create", "start");
    }

    [Fact]
    public void Start_AgentDiesAndTheRuntimeHangs_ItIsEndedAtItsDeadline()
    {
        Scene scene = Enter(Scene.WithFakeRuntime("--runtime-timeout", "3000"));
        string id = scene.Create();
        scene.Fake.Hang("start");
        _ = scene.Client.Send("start", new { id });
        scene.Fake.WaitForCall("start");
        scene.Agent.Kill();
        scene.Fake.Behave();

        scene.Agent.Start();

        // It waits for its turn behind what became of the first.
        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));
        AssertTold(scene, id, "create", "start");
        Assert.Single(scene.Fake.Calls, call => call.StartsWith("state ", StringComparison.Ordinal));
    }

    [Fact]
    public void Start_RuntimeIsKilledAtItsDeadlineAfterItsWork_TheContainerRuns()
    {
        Scene scene = Enter(Scene.WithFakeRuntime("--runtime-timeout", "3000"));
        string id = scene.Create();
        scene.Fake.Keep("start");

        Assert.Equal("TIMEOUT", scene.Client.Refused("start", new { id }).Name);

        Assert.Equal("running", scene.StatusOf(id));
        AssertTold(scene, id, "create", "start");
        scene.Fake.LetGo("start");
    }

    [Fact]
    public void Update_ProcessEndsMeanwhile_TheExitIsTheLast()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        scene.Fake.Close("update");
        Client updater = scene.Connect();
        long update = updater.Send("update", new { id, resources = new { pids = new { limit = 100 } } });
        scene.Fake.WaitForCall("update");
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        Poll.Until(() => File.Exists($"{scene.ProcessDirectory(id)}/exit.json"), "the shim has written the exit");
        RoundTrip(scene);
        scene.Fake.Open("update");

        _ = updater.Reply(update);
        _ = scene.WaitFor(id);

        Assert.Equal("exit", EventStream.ReadAll(scene).TypesOf(id)[^1]);
    }

    [Fact]
    public void Delete_FailsAgainAfterARestart_TheExitIsStillKnown()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        using var stage = new Stage(scene, scene.Fake.Path);
        string id = scene.Create();
        scene.Fake.Fail("delete", "not today");
        stage.StartDoomed(CrashPoint.DeleteIntentWritten);
        _ = stage.Client.Call("kill", new { id, signal = "KILL" });
        _ = stage.Client.Call("wait", new { id });
        _ = stage.Client.Send("delete", new { id });
        stage.WaitForDeath();

        scene.Agent.Start();

        Poll.Until(() => scene.Agent.Log.Contains("not today", StringComparison.Ordinal), "the delete has failed again");
        Assert.Equal("SIGKILL", scene.Client.Call("state", new { id }).GetProperty("exit").Text("signal"));
        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        scene.Fake.Behave();
        stage.Close();
    }

    [Fact]
    public void Create_AgentDiesAndTheShimHangs_IsUndoneAtTheShimsDeadline()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        _ = scene.Client.Send("create", new { id = scene.NewId(), bundle = scene.Payload(), timeoutMs = 3000 });
        scene.Fake.WaitForCall("create");
        int shim = ProcFs.ChildrenOf(scene.Agent.Pid).Single();
        ProcessControl.Kill(shim, Signal.Parse("STOP")!.Value).OrThrow("kill");

        scene.Agent.Restart();

        Poll.Until(() => scene.Client.Call("list").GetProperty("containers").GetArrayLength() == 0, "the create is undone");
        Assert.False(ProcFs.IsAlive(shim));
        scene.AssertNothingLeft();
    }

    /// <summary>What was there to be seen before is seen.</summary>
    private static void RoundTrip(Scene scene)
    {
        using Client other = Client.Connect(scene.Agent.Socket);
        _ = other.Call("hello");
        _ = other.Call("hello");
    }

    private static void AssertTold(Scene scene, string id, params string[] types)
    {
        EventStream events = EventStream.ReadAll(scene);
        Assert.Empty(events.Problems);
        Assert.Equal(types, events.TypesOf(id));
    }
}
