using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>pause and resume: a container that stands still, and what can be done with it meanwhile.</summary>
public sealed class PauseTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_Ticking_StandsStillUntilResume(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string output = scene["output"];
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("ticks 1000000 1"), stdio = new { stdout = new { file = output } } });
        Poll.Until(() => new FileInfo(output).Length > 0, "it ticks");

        JsonElement paused = scene.Client.Call("pause", new { id });
        long length = new FileInfo(output).Length;

        Assert.Equal("paused", paused.Text("status"));
        Assert.Equal("paused", scene.StatusOf(id));
        Assert.Equal(paused.Number("pid"), scene.PidOf(id));
        Assert.True(IsFrozen(scene.PidOf(id)));
        AgentReplyError waited = scene.Client.Refused("wait", new { id, timeoutMs = 100 });
        Assert.Equal(("TIMEOUT", "paused"), (waited.Name, waited.Data.Text("status")));
        Assert.Equal(length, new FileInfo(output).Length);

        Assert.Equal("running", scene.Client.Call("resume", new { id }).Text("status"));
        Poll.Until(() => new FileInfo(output).Length > length, "it ticks again");
        Assert.False(IsFrozen(scene.PidOf(id)));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_Meanwhile_WhatCannotBeIsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 3");
        Assert.Equal("cannot resume a container in the 'running' state", scene.Client.Refused("resume", new { id }).Message);
        _ = scene.Client.Call("pause", new { id });

        (string Method, object Parameters, string Action)[] refused =
        [
            ("pause", new { id }, "pause"),
            ("start", new { id }, "start"),
            ("delete", new { id }, "delete"),
            ("exec", new { id, args = ExecTests.Payload("exit 0") }, "exec in"),
            ("checkpoint", new { id, path = scene["image"] }, "checkpoint"),
        ];
        foreach ((string method, object parameters, string action) in refused)
        {
            AgentReplyError error = scene.Client.Refused(method, parameters);
            Assert.Equal((1003, $"cannot {action} a container in the 'paused' state"), (error.Code, error.Message));
            Assert.Equal("paused", error.Data.Text("status"));
        }

        Assert.False(Directory.Exists(scene["image"]));
        Assert.Equal("paused", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_Meanwhile_QuestionsAreAnswered(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("fork-hold 1000", "until-term 3");
        _ = scene.Client.Call("pause", new { id });

        Assert.Equal(2, ExecTests.Pids(scene, id).Length);
        Assert.Equal(id, scene.Client.Call("stats", new { id }).Text("id"));
        Assert.Equal("paused", scene.Client.Call("processes", new { id }).GetProperty("processes")[0].Text("status"));
        Assert.Equal(id, scene.Client.Call("list", new { status = "paused" }).GetProperty("containers")[0].Text("id"));
        Assert.Equal(id, scene.Client.Call("explain", new { id }).Text("id"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_SignalMeanwhile_ArrivesAfterResume(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 3");
        _ = scene.Client.Call("pause", new { id });

        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 50 }).Name);
        _ = scene.Client.Call("resume", new { id });
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_RunningExec_StandsStillToo(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("sleep 0.01", "exit 6") });
        _ = scene.Client.Call("exec", new { id, process = "long", args = ExecTests.Payload("sleep 1000") });
        _ = scene.Client.Call("wait", new { id, process = "side" });

        _ = scene.Client.Call("pause", new { id });

        Assert.Equal("paused", scene.Client.Call("state", new { id, process = "long" }).Text("status"));
        Assert.Equal("stopped", scene.Client.Call("state", new { id, process = "side" }).Text("status"));
        _ = scene.Client.Call("resume", new { id });
        Assert.Equal("running", scene.Client.Call("state", new { id, process = "long" }).Text("status"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_Created_IsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");

        Assert.Equal("cannot pause a container in the 'created' state", scene.Client.Refused("pause", new { id }).Message);
        Assert.Equal("cannot resume a container in the 'created' state", scene.Client.Refused("resume", new { id }).Message);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pause_AndResume_EventsTell(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id } });

        for (int i = 0; i < 3; i++)
        {
            _ = scene.Client.Call("pause", new { id });
            Assert.Equal("paused", listener.NextEvent().Text("type"));
            _ = scene.Client.Call("resume", new { id });
            Assert.Equal("resumed", listener.NextEvent().Text("type"));
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Delete_PausedWithForce_NothingIsLeft(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("fork-hold 1000", "ignore-term");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("sleep 1000") });
        _ = scene.Client.Call("pause", new { id });

        JsonElement last = scene.Client.Call("delete", new { id, force = true });

        Assert.Equal(("stopped", "SIGKILL"), (last.Text("status"), last.GetProperty("exit").Text("signal")));
        scene.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Restart_Paused_StaysPaused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 3");
        _ = scene.Client.Call("pause", new { id });

        scene.Agent.Restart();

        Assert.Equal("paused", scene.StatusOf(id));
        Assert.Equal("running", scene.Client.Call("resume", new { id }).Text("status"));
        Assert.Equal(3, scene.Client.Call("stop", new { id }).GetProperty("exit").Number("code"));
    }

    private static bool IsFrozen(int pid) => CgroupFiles.IsVersion1
        ? File.ReadAllText(CgroupFiles.PathOf(pid, "freezer", "freezer.state")) == "FROZEN\n"
        : File.ReadAllText(CgroupFiles.PathOf(pid, "", "cgroup.events")).Contains("frozen 1", StringComparison.Ordinal);
}
