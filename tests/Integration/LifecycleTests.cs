using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The methods that make, change and end containers, with real runtimes.</summary>
public sealed class LifecycleTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Create_Start_Wait_Delete_TellEachState(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string bundle = scene.Payload("exit 7");

        JsonElement created = scene.Client.Call("create", new { id, bundle, labels = new { tier = "front" } });
        JsonElement started = scene.Client.Call("start", new { id });
        JsonElement exit = scene.WaitFor(id);
        JsonElement stopped = scene.Client.Call("state", new { id });
        JsonElement deleted = scene.Client.Call("delete", new { id });

        Assert.Equal("created", created.Text("status"));
        Assert.Equal((id, bundle, runtime), (created.Text("id"), created.Text("bundle"), created.Text("runtime")));
        Assert.Equal("front", created.GetProperty("labels").Text("tier"));
        Assert.True(created.Number("pid") > 0);
        Assert.True(created.IsNull("startedAt") && created.IsNull("exit"));
        Assert.False(started.IsNull("startedAt"));
        Assert.Equal(created.Text("instance"), started.Text("instance"));
        Assert.Equal(7, exit.Number("code"));
        Assert.True(exit.IsNull("signal"));
        Assert.Equal("waited", exit.Text("source"));
        Assert.Equal("stopped", stopped.Text("status"));
        Assert.True(stopped.IsNull("pid"));
        Assert.Equal(7, stopped.GetProperty("exit").Number("code"));
        Assert.Equal("stopped", deleted.Text("status"));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Create_BeforeStart_TheProgramHasNotRun(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string output = scene["output"];
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("print ran"), stdio = new { stdout = new { file = output } } });
        Assert.Equal("", File.ReadAllText(output));

        _ = scene.Client.Call("start", new { id });
        _ = scene.WaitFor(id);

        Assert.Equal("ran\n", File.ReadAllText(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Answers_AStartedContainer(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        JsonElement container = scene.Client.Call("run", new { id, bundle = scene.Payload("until-term 3") });

        Assert.Equal("running", container.Text("status"));
        Assert.False(container.IsNull("startedAt"));
        Assert.True(ProcFs.IsAlive(container.Number("pid")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_EndsAtOnce_ManyTimes_NoExitIsMissed(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string bundle = scene.Payload("exit 5");
        for (int i = 0; i < 15; i++)
        {
            string id = scene.NewId();
            _ = scene.Client.Call("run", new { id, bundle });
            JsonElement exit = scene.WaitFor(id);

            Assert.Equal((5, "waited"), (exit.Number("code"), exit.Text("source")));
            _ = scene.Client.Call("delete", new { id });
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_ByNameOrNumber_IsSentOnce(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string output = scene["output"];
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print ready", "until-term 9"), stdio = new { stdout = new { file = output } } });
        Poll.Until(() => File.ReadAllText(output) == "ready\n", "the container is ready");

        _ = scene.Client.Call("kill", new { id, signal = "SIGUSR1" });
        Poll.Until(() => File.ReadAllText(output) == "ready\nSIGUSR1\n", "SIGUSR1 arrives");
        _ = scene.Client.Call("kill", new { id, signal = 1 });
        Poll.Until(() => File.ReadAllText(output) == "ready\nSIGUSR1\nSIGHUP\n", "SIGHUP arrives");
        _ = scene.Client.Call("kill", new { id, signal = "TERM", all = true });
        JsonElement exit = scene.WaitFor(id);

        Assert.Equal(9, exit.Number("code"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("kill", new { id, signal = "TERM" }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_SIGKILL_ExitNamesTheSignal(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        JsonElement exit = scene.WaitFor(id);

        Assert.Equal((137, "SIGKILL"), (exit.Number("code"), exit.Text("signal")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_CreatedOnly_Ends(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("start", new { id }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_ListensToSIGTERM_EndsByItself(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 4");

        JsonElement stopped = scene.Client.Call("stop", new { id });

        Assert.Equal("stopped", stopped.Text("status"));
        Assert.Equal(4, stopped.GetProperty("exit").Number("code"));
        Assert.Equal(4, scene.Client.Call("stop", new { id }).GetProperty("exit").Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_IgnoresSIGTERM_IsKilled(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("ignore-term");

        JsonElement stopped = scene.Client.Call("stop", new { id, timeoutMs = 50 });

        Assert.Equal("SIGKILL", stopped.GetProperty("exit").Text("signal"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_AnotherSignal_IsTheOneSent(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string output = scene["output"];
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print ready", "until-term"), stdio = new { stdout = new { file = output } } });
        Poll.Until(() => File.ReadAllText(output) == "ready\n", "the container is ready");

        _ = scene.Client.Call("stop", new { id, signal = "SIGUSR2", timeoutMs = 50 });

        Assert.Equal("ready\nSIGUSR2\n", File.ReadAllText(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Delete_Running_IsRefusedUnlessForced(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        AgentReplyError error = scene.Client.Refused("delete", new { id });
        JsonElement last = scene.Client.Call("delete", new { id, force = true });

        Assert.Equal((1003, "BAD_STATE"), (error.Code, error.Name));
        Assert.Equal("cannot delete a container in the 'running' state", error.Message);
        Assert.Equal("running", error.Data.Text("status"));
        Assert.Equal("stopped", last.Text("status"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Delete_Created_IsRefusedUnlessForced(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");

        Assert.Equal("cannot delete a container in the 'created' state", scene.Client.Refused("delete", new { id }).Message);
        _ = scene.Client.Call("delete", new { id, force = true });
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Delete_ChildrenLeftBehind_EndWithTheContainer(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("fork-hold 1000", "exit 0");

        _ = scene.WaitFor(id);
        _ = scene.Client.Call("delete", new { id });

        scene.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Start_Twice_IsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");
        _ = scene.Client.Call("start", new { id });

        Assert.Equal("cannot start a container in the 'running' state", scene.Client.Refused("start", new { id }).Message);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Create_AndStart_InOneGo_AreDoneInOrder(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        long create = scene.Client.Send("create", new { id, bundle = scene.Payload("exit 3") });
        long start = scene.Client.Send("start", new { id });
        long wait = scene.Client.Send("wait", new { id });

        Assert.Equal("created", scene.Client.Result(create).Text("status"));
        Assert.False(scene.Client.Result(start).IsNull("startedAt"));
        Assert.Equal(3, scene.Client.Result(wait).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Methods_OfAnotherInstance_AnswerConflict(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        foreach (string method in (ReadOnlySpan<string>)["start", "stop", "wait", "delete", "state", "processes"])
        {
            Assert.Equal("CONFLICT", scene.Client.Refused(method, new { id, instance = "another" }).Name);
        }

        Assert.Equal("running", scene.StatusOf(id));
    }
}
