using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>The agent is killed, and another one takes over.</summary>
public sealed class RestartTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Restart_ContainersInEveryState_AreListedAsTheyAre(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string created = scene.Create("exit 1");
        string running = scene.RunReady("until-term 2");
        string stopped = scene.Run("exit 3");
        _ = scene.WaitFor(stopped);
        string before = List(scene);
        int shim = scene.ShimOf(running);

        scene.Agent.Restart();

        Assert.Equal(before, List(scene));
        Assert.Equal(("created", "running", "stopped"), (scene.StatusOf(created), scene.StatusOf(running), scene.StatusOf(stopped)));
        Assert.True(ProcFs.IsAlive(shim));
        Assert.Equal(3, scene.WaitFor(stopped).Number("code"));
        Assert.Equal("running", scene.Client.Call("start", new { id = created }).Text("status"));
        Assert.Equal(1, scene.WaitFor(created).Number("code"));
        Assert.Equal(2, scene.Client.Call("stop", new { id = running }).GetProperty("exit").Number("code"));
    }

    [Theory]
    [InlineData("crun", 1)]
    [InlineData("runc", 1)]
    [InlineData("crun", 2)]
    [InlineData("runc", 2)]
    public void Restart_EndedMeanwhile_TrueCodeAndOneExitEvent(string runtime, int kills)
    {
        Scene scene = Enter(Scene.With(runtime));
        JsonElement since = scene.Client.Call("subscribe");
        string id = scene.RunReady("until-term 23");
        int pid = scene.PidOf(id);

        scene.Agent.Kill();
        ProcessControl.Kill(pid, Signal.SIGTERM).OrThrow("kill");
        Poll.Until(() => File.Exists($"{scene.ProcessDirectory(id)}/exit.json"), "the shim writes the exit down");
        for (int i = 0; i < kills; i++)
        {
            scene.Agent.Start();
            Assert.Equal("stopped", scene.StatusOf(id));
            if (i < kills - 1)
            {
                scene.Agent.Kill();
            }
        }

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal((23, "waited"), (exit.Number("code"), exit.Text("source")));
        JsonElement[] events = Since(scene, since, "delete", () =>
        {
            // Until the runtime has been asked what came of the start, there is nothing to delete.
            _ = scene.WaitFor(id);
            _ = scene.Client.Call("delete", new { id });
        });
        Assert.Equal(["create", "start", "exit", "delete"], events.Where(e => e.TryGetProperty("id", out _)).Select(e => e.Text("type")));
        Assert.Equal(23, events.Single(e => e.Text("type") == "exit").GetProperty("exit").Number("code"));
        AssertNumbersGrowByOne(events);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Restart_EndsAfterwards_IsAnnounced(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 24");
        scene.Agent.Restart();
        Client listener = scene.Connect();
        _ = listener.Call("subscribe");

        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        JsonElement exit = listener.NextEvent("exit", id).GetProperty("exit");
        Assert.Equal((24, "waited"), (exit.Number("code"), exit.Text("source")));
    }

    [Fact]
    public void Restart_AnnouncedBefore_IsNotAnnouncedAgain()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 5";
        JsonElement since = scene.Client.Call("subscribe");
        string id = scene.Run();
        _ = scene.Client.NextEvent("exit", id);

        scene.Agent.Restart();
        scene.Agent.Restart();

        JsonElement[] events = Since(scene, since, "delete", () => scene.Client.Call("delete", new { id }));
        _ = Assert.Single(events, e => e.Text("type") == "exit");
    }

    [Fact]
    public void Restart_Epoch_StaysAndTheNumberingGoesOn()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        _ = scene.Create();
        JsonElement before = scene.Client.Call("subscribe");

        scene.Agent.Restart();

        JsonElement after = scene.Client.Call("subscribe");
        Assert.Equal(before.Text("epoch"), after.Text("epoch"));
        Assert.True(after.GetProperty("seq").GetInt64() >= before.GetProperty("seq").GetInt64());
        Assert.Equal("HISTORY_GONE", scene.Client.Refused("subscribe", new { since = new { epoch = "another", seq = 0 } }).Name);
    }

    [Fact]
    public void Restart_CreateUnderWay_IsFinished()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        string id = scene.NewId();
        _ = scene.Client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");

        scene.Agent.Restart();
        Assert.Equal("creating", scene.StatusOf(id));
        Client listener = scene.Connect();
        _ = listener.Call("subscribe");
        scene.Fake.Open("create");

        _ = listener.NextEvent("create", id);
        Assert.Equal("created", scene.StatusOf(id));
        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));
    }

    [Fact]
    public void Restart_CreateFailsMeanwhile_NothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        scene.Fake.Fail("create", "out of luck");
        string id = scene.NewId();
        _ = scene.Client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");

        scene.Agent.Kill();
        scene.Fake.Open("create");
        scene.Fake.WaitForCall("delete");
        scene.Agent.Start();

        Poll.Until(() => scene.Client.Call("list").GetProperty("containers").GetArrayLength() == 0, "what failed is undone");
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Restart_StartUnderWay_EventsComeInOrder()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 12";
        JsonElement since = scene.Client.Call("subscribe");
        string id = scene.Create();
        scene.Fake.Close("start");
        _ = scene.Client.Send("start", new { id });
        scene.Fake.WaitForCall("start");

        scene.Agent.Kill();
        scene.Fake.Open("start");
        Poll.Until(() => File.Exists($"{scene.ProcessDirectory(id)}/exit.json"), "the container runs and ends");
        scene.Fake.Close("state");
        scene.Agent.Start(); // It asks the runtime what came of the start: until it knows that is a created one, and the delete waits.
        JsonElement[] events = Since(scene, since, "delete", () =>
        {
            long delete = scene.Client.Send("delete", new { id });
            Assert.Equal("created", scene.Connect().Call("state", new { id }).Text("status"));
            scene.Fake.Open("state");
            _ = scene.Client.Result(delete);
        });
        Assert.Equal(["create", "start", "exit", "delete"], events.Where(e => e.TryGetProperty("id", out _)).Select(e => e.Text("type")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Restart_DeleteUnderWay_IsFinished(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("exit 0");
        _ = scene.WaitFor(id);
        int shim = scene.ShimOf(id);
        ProcessControl.Kill(shim, Signal.Parse("STOP")!.Value);
        _ = scene.Client.Send("delete", new { id });
        string record = Path.Combine(scene.Agent.Root, "containers", id, "container.json");
        Poll.Until(() => !File.Exists(record) || File.ReadAllText(record).Contains("deleting", StringComparison.Ordinal), "the intent is written down");

        scene.Agent.Restart();
        ProcessControl.Kill(shim, Signal.SIGCONT);

        Poll.Until(() => scene.Client.Call("list").GetProperty("containers").GetArrayLength() == 0, "the delete is finished");
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Restart_ExecThatHasOnlyHalfARecord_IsForgotten()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        scene.Agent.Kill();
        string directory = Path.Combine(scene.Agent.Root, "containers", id, "processes/probe");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "process.json.new"), "{");

        scene.Agent.Start();

        Assert.Single(scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray());
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void Restart_RecordThatCannotBeRead_IsPutAside()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.LeavesQuarantine = true;
        scene.Agent.Kill();
        string directory = Path.Combine(scene.Agent.Root, "containers", "broken");
        Directory.CreateDirectory(directory);
        File.WriteAllText($"{directory}/container.json", "{");

        scene.Agent.Start();

        Assert.Equal(0, scene.Client.Call("list").GetProperty("containers").GetArrayLength());
        string aside = Assert.Single(Directory.EnumerateDirectories(Path.Combine(scene.Agent.Root, "quarantine")));
        Assert.Equal("{", File.ReadAllText($"{aside}/container.json"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Shim_Killed_TheExitIsTheAgentsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("ignore-term");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe");

        ProcessControl.Kill(scene.ShimOf(id), Signal.SIGKILL).OrThrow("kill");

        _ = listener.NextEvent("shim-lost", id);
        JsonElement exit = listener.NextEvent("exit", id).GetProperty("exit");
        Assert.Equal("SIGKILL", exit.Text("signal"));

        // Its fifo closes before its children are given to the agent: which of the two tells first is the kernel's affair.
        Assert.Contains(exit.Text("source"), new[] { "reparented", "pidfd" });
        Assert.Equal("stopped", scene.Client.Call("delete", new { id }).Text("status"));
        scene.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void AgentAndShim_Killed_NoCodeIsInvented(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("ignore-term");
        int shim = scene.ShimOf(id);
        int pid = scene.PidOf(id);

        scene.Agent.Kill();
        ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill");
        Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is gone");
        scene.Agent.Start();

        JsonElement exit = scene.WaitFor(id);
        Assert.Contains(exit.Text("source"), new[] { "pidfd", "lost" });
        Assert.True(exit.Text("source") == "pidfd" ? exit.Text("signal") == "SIGKILL" : exit.IsNull("code"));
        Poll.Until(() => !ProcFs.IsAlive(pid), "the process has ended");
    }

    private static string List(Scene scene) => scene.Client.Call("list").ToString();

    /// <summary>The events since then, up to one of that type which the action brings about.</summary>
    private static JsonElement[] Since(Scene scene, JsonElement since, string last, Action act)
    {
        using Client client = scene.Connect();
        _ = client.Call("subscribe", new { since = new { epoch = since.Text("epoch"), seq = since.GetProperty("seq") } });
        act();
        List<JsonElement> events = [];
        do
        {
            events.Add(client.NextEvent());
        }
        while (events[^1].Text("type") != last);
        return [.. events];
    }

    private static void AssertNumbersGrowByOne(JsonElement[] events)
    {
        long[] numbers = [.. events.Select(e => e.GetProperty("seq").GetInt64())];
        Assert.Equal(Enumerable.Range(0, numbers.Length).Select(i => numbers[0] + i), numbers);
    }
}
