using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>explain: who did what to a container, what it took and what came of it.</summary>
public sealed class ExplainTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Explain_AWholeLife_TellsEachStepInOrder(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("sleep 0.01", "exit 7");
        _ = scene.Client.Call("start", new { id });
        _ = scene.WaitFor(id);

        JsonElement explained = scene.Client.Call("explain", new { id });

        JsonElement[] steps = StepsOf(explained);
        Assert.Equal((id, "stopped"), (explained.Text("id"), explained.Text("status")));
        Assert.Equal(scene.Client.Call("state", new { id }).Text("instance"), explained.Text("instance"));
        Assert.Equal(steps.Select(step => step.GetProperty("time").GetDateTimeOffset()).Order(), steps.Select(step => step.GetProperty("time").GetDateTimeOffset()));
        foreach (string method in (ReadOnlySpan<string>)["create", "start"])
        {
            JsonElement step = Assert.Single(steps, step => step.Text("step") == method);
            Assert.Equal((Environment.ProcessId, (int)NativeFile.EffectiveUid()), (step.GetProperty("by").Number("pid"), step.GetProperty("by").Number("uid")));
            Assert.InRange(step.GetProperty("tookUsec").GetInt64(), 100, 60_000_000);
            Assert.False(step.TryGetProperty("error", out _));
        }

        JsonElement call = Assert.Single(steps, step => step.Text("step") == $"shim {runtime} create");
        Assert.True(call.GetProperty("tookUsec").GetInt64() > 0);
        Assert.Equal("init", call.Text("process"));
        Assert.False(call.TryGetProperty("by", out _));
        JsonElement exit = Assert.Single(steps, step => step.Text("step") == "event exit");
        Assert.Equal(("init", "code 7, waited"), (exit.Text("process"), exit.Text("detail")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Explain_Exec_IsAStepOfItsProcess(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        _ = scene.Client.Call("exec", new { id, process = "probe", args = ExecTests.Payload("exit 3"), wait = true });
        _ = scene.Client.Refused("exec", new { id, process = "bad", args = new[] { "/no/such" } });

        JsonElement[] steps = StepsOf(scene.Client.Call("explain", new { id }));

        JsonElement[] requests = [.. steps.Where(step => step.Text("step") == "exec")];
        Assert.Equal(["probe", "bad"], requests.Select(step => step.Text("process")));
        Assert.False(requests[0].TryGetProperty("error", out _));
        Assert.Equal((1012, "EXEC_NOT_FOUND"), (requests[1].GetProperty("error").Number("code"), requests[1].GetProperty("error").Text("name")));
        Assert.Contains("/no/such", requests[1].GetProperty("error").Text("message"), StringComparison.Ordinal);
        Assert.Contains(steps, step => step.Text("step") == "event exit" && step.Text("process") == "probe" && step.Text("detail") == "code 3, waited");
        Assert.Contains(steps, step => step.Text("step") == $"shim {runtime} exec" && step.Text("process") == "probe");
    }

    [Fact]
    public void Explain_EventsOfOneInstant_AreInTheirOrder()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        for (int turn = 0; turn < 10; turn++)
        {
            // Both are told when run has been answered by the runtime, mostly within the same millisecond.
            string id = scene.Run();
            for (int refused = 0; refused < 20; refused++)
            {
                _ = scene.Client.Refused("start", new { id });
            }

            Assert.Equal(["event create", "event start"], StepsOf(scene.Client.Call("explain", new { id })).Select(step => step.Text("step")).Where(step => step.StartsWith("event ", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Explain_FailedStart_HasTheErrorAndItsName()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        scene.Fake.Fail("start", "the runtime's own words");
        _ = scene.Client.Refused("start", new { id });
        scene.Fake.Behave();
        _ = scene.Client.Call("start", new { id });

        JsonElement[] starts = [.. StepsOf(scene.Client.Call("explain", new { id })).Where(step => step.Text("step") == "start")];

        Assert.Equal(2, starts.Length);
        JsonElement error = starts[0].GetProperty("error");
        Assert.Equal((1014, "RUNTIME_FAILED"), (error.Number("code"), error.Text("name")));
        Assert.Contains("the runtime's own words", error.Text("message"), StringComparison.Ordinal);
        Assert.False(starts[1].TryGetProperty("error", out _));
    }

    [Fact]
    public void Explain_RefusedRequests_AreStepsToo()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        _ = scene.Client.Refused("start", new { id });
        _ = scene.Client.Refused("resume", new { id });
        _ = scene.Client.Refused("delete", new { id });

        JsonElement[] steps = StepsOf(scene.Client.Call("explain", new { id }));

        foreach (string method in (ReadOnlySpan<string>)["start", "resume", "delete"])
        {
            JsonElement step = Assert.Single(steps, step => step.Text("step") == method);
            Assert.Equal((1003, "BAD_STATE"), (step.GetProperty("error").Number("code"), step.GetProperty("error").Text("name")));
        }
    }

    [Fact]
    public void Explain_Questions_AreNoSteps()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        int before = StepsOf(scene.Client.Call("explain", new { id })).Length;
        foreach (string method in (ReadOnlySpan<string>)["state", "processes", "explain"])
        {
            _ = scene.Client.Call(method, new { id });
        }

        Assert.Equal(before, StepsOf(scene.Client.Call("explain", new { id })).Length);
    }

    [Fact]
    public void Explain_AfterARestart_KnowsWhatWasBefore()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        scene.Agent.Restart();
        _ = scene.Client.Call("stop", new { id });

        JsonElement[] steps = StepsOf(scene.Client.Call("explain", new { id }));

        string[] told = ["run", "stop", "event exit"];
        Assert.Equal(told.Order(), steps.Select(step => step.Text("step")).Where(told.Contains).Order());
    }

    [Fact]
    public void Explain_ManySteps_KeepsTheLastAndSaysSo()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        long[] requests = [];
        for (int i = 0; i < 300; i++)
        {
            requests = [.. requests, scene.Client.Send("resume", new { id })];
        }

        Assert.All(requests, request => Assert.Equal("BAD_STATE", scene.Client.Error(request).Name));
        JsonElement explained = scene.Client.Call("explain", new { id });

        Assert.Equal(200, StepsOf(explained).Length);
        Assert.True(explained.GetProperty("truncated").GetBoolean());
        Assert.All(StepsOf(explained), step => Assert.Equal("resume", step.Text("step")));
    }

    [Fact]
    public void Explain_Unknown_IsNotFound()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        AgentReplyError error = scene.Client.Refused("explain", new { id = scene.NewId() });
        AgentReplyError conflict = scene.Client.Refused("explain", new { id, instance = "another" });

        Assert.Equal((1001, "NOT_FOUND"), (error.Code, error.Name));
        Assert.Equal("CONFLICT", conflict.Name);
    }

    private static JsonElement[] StepsOf(JsonElement explained) => [.. explained.GetProperty("steps").EnumerateArray()];
}
