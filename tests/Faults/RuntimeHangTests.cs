using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>A runtime that hangs for one container holds up nobody else.</summary>
public sealed class RuntimeHangTests : SceneTests
{
    [Fact]
    public void Runtime_HangsForOneContainer_NobodyElseWaits()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string hung = scene.Create();
        string other = scene.Create();
        scene.Fake.Close("start");
        Client first = scene.Connect();
        long start = first.Send("start", new { id = hung });
        scene.Fake.WaitForCall("start");

        // Of the one that hangs, what needs no runtime; of the others, everything.
        Assert.Equal("created", scene.StatusOf(hung));
        Assert.Equal(2, scene.Client.Call("list").GetProperty("containers").GetArrayLength());
        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id = hung, timeoutMs = 1 }).Name);
        _ = scene.Client.Call("processes", new { id = hung });
        string third = scene.Create();
        _ = scene.Client.Call("kill", new { id = third, signal = "KILL" });
        Assert.Equal("SIGKILL", scene.WaitFor(third).Text("signal"));
        _ = scene.Client.Call("delete", new { id = third });
        _ = scene.Client.Call("delete", new { id = other, force = true });
        Assert.False(first.IsAnswered(start));

        scene.Fake.Open("start");
        Assert.Equal("running", first.Result(start).Text("status"));
    }

    [Fact]
    public void Runtime_HangsInACreate_WaitersAreToldThatItFailed()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        scene.Fake.Fail("create", "out of luck");
        string id = scene.NewId();
        Client creator = scene.Connect();
        long create = creator.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");
        Client waiter = scene.Connect();
        long wait = waiter.Send("wait", new { id });
        Assert.Equal("creating", waiter.Call("state", new { id }).Text("status"));

        scene.Fake.Open("create");

        Assert.Equal("RUNTIME_FAILED", creator.Error(create).Name);
        Assert.Equal("NOT_FOUND", waiter.Error(wait).Name);
    }

    [Fact]
    public void Restart_RuntimeHangs_IsServedAllTheSame()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string hung = scene.Create();
        string other = scene.Create();
        scene.Fake.Close("start");
        _ = scene.Client.Send("start", new { id = hung });
        scene.Fake.WaitForCall("start");
        scene.Agent.Kill();
        scene.Fake.Open("start");
        scene.Fake.Close("state");

        scene.Agent.Start();

        Assert.Equal("running", scene.Client.Call("start", new { id = other }).Text("status"));
        Assert.Equal(2, scene.Client.Call("list").GetProperty("containers").GetArrayLength());
        scene.Fake.WaitForCall("state");
        scene.Fake.Open("state");
        Poll.Until(() => scene.StatusOf(hung) == "running", "the runtime has said how far it had come");
    }

    [Fact]
    public void Delete_ShimIsStillCleaningUpAndItsPidCannotBeRead_WaitsForIt()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        scene.Agent.Kill();
        File.WriteAllText(Path.Combine(scene.ProcessDirectory(id), "running.json"), "{");
        scene.Agent.Start();
        Poll.Until(() => scene.StatusOf(id) == "running", "the shim has told which process it is");
        scene.Fake.Close("delete");
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = scene.WaitFor(id);

        long delete = scene.Client.Send("delete", new { id });
        Assert.False(scene.Client.IsAnswered(delete, withinMs: 50));
        scene.Fake.Open("delete");

        Assert.Equal("stopped", scene.Client.Result(delete).Text("status"));
        Assert.Single(scene.Fake.Calls, call => call.StartsWith("delete", StringComparison.Ordinal));
    }
}
