using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>kill and stop: which signal arrives where, and what is done about those who do not listen.</summary>
public sealed class SignalsTests : SceneTests
{
    private const int RealTimeMinPlus3 = 37;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_EverySpelling_IsTheSignal(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string output = scene["output"];
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print ready", "until-term"), stdio = new { stdout = new { file = output } } });
        string expected = "ready\n";
        Poll.Until(() => File.ReadAllText(output) == expected, "the container is ready");

        (object Signal, string Name)[] spellings = [("SIGHUP", "SIGHUP"), ("USR1", "SIGUSR1"), ("usr2", "SIGUSR2"), (2, "SIGINT"), ("3", "SIGQUIT"), ("sigwinch", "SIGWINCH")];
        foreach ((object signal, string name) in spellings)
        {
            _ = scene.Client.Call("kill", new { id, signal });
            expected += $"{name}\n";
            Poll.Until(() => File.ReadAllText(output) == expected, () => $"{signal} arrives as {name}: {File.ReadAllText(output)}");
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_RealTimeSignal_Arrives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string words = $"trap 'exit 11' {RealTimeMinPlus3}; echo ready; while :; do /busybox sleep 1000 & wait; done";
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], words), stdio = new { stdout = new { file = scene["out"] } } });
        Poll.Until(() => File.ReadAllText(scene["out"]) == "ready\n", "the container is ready");
        foreach (string process in (ReadOnlySpan<string>)["by-name", "by-number"])
        {
            _ = scene.Client.Call("exec", new { id, process, args = new[] { "/busybox", "sleep", "1000" } });
        }

        _ = scene.Client.Call("kill", new { id, process = "by-name", signal = "SIGRTMIN+3" });
        _ = scene.Client.Call("kill", new { id, process = "by-number", signal = RealTimeMinPlus3 });
        JsonElement byName = scene.Client.Call("wait", new { id, process = "by-name" });
        JsonElement byNumber = scene.Client.Call("wait", new { id, process = "by-number" });
        _ = scene.Client.Call("kill", new { id, signal = "RTMIN+3" });

        Assert.Equal(("SIGRTMIN+3", 128 + RealTimeMinPlus3), (byName.Text("signal"), byName.Number("code")));
        Assert.Equal(("SIGRTMIN+3", 128 + RealTimeMinPlus3), (byNumber.Text("signal"), byNumber.Number("code")));
        Assert.Equal(11, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_All_ReachesEveryProcess(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("fork-hold 1000", "until-term 3");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("sleep 1000") });
        int[] pids = ExecTests.Pids(scene, id);
        Assert.Equal(3, pids.Length);

        _ = scene.Client.Call("kill", new { id, signal = "TERM", all = true });

        JsonElement side = scene.Client.Call("wait", new { id, process = "side" });
        Assert.Contains(side.Text("signal"), (string[])["SIGTERM", "SIGKILL"]);
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        Poll.Until(() => !pids.Any(ProcFs.IsAlive), "all have ended");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_OneOfMany_SparesTheOthers(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        foreach (string process in (ReadOnlySpan<string>)["a", "b"])
        {
            _ = scene.Client.Call("exec", new { id, process, args = ExecTests.Payload("sleep 1000") });
        }

        _ = scene.Client.Call("kill", new { id, process = "a", signal = "KILL" });

        Assert.Equal("SIGKILL", scene.Client.Call("wait", new { id, process = "a" }).Text("signal"));
        Assert.Equal("running", scene.Client.Call("state", new { id, process = "b" }).Text("status"));
        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("kill", new { id, process = "c", signal = "KILL" }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Kill_AfterTheEnd_IsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("exit 0");
        _ = scene.WaitFor(id);

        AgentReplyError one = scene.Client.Refused("kill", new { id, signal = "KILL" });
        AgentReplyError all = scene.Client.Refused("kill", new { id, signal = "KILL", all = true });

        Assert.Equal((1003, "BAD_STATE", "stopped"), (one.Code, one.Name, one.Data.Text("status")));
        Assert.Equal("cannot kill a container in the 'stopped' state", one.Message);
        Assert.Equal("BAD_STATE", all.Name);
    }

    [Theory]
    [InlineData("\"SIGNONE\"")]
    [InlineData("\"\"")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("32")]
    [InlineData("-9")]
    [InlineData("9.5")]
    [InlineData("null")]
    [InlineData("\"SIGRTMIN+31\"")]
    public void Kill_NoSignal_IsRefused(string signal)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        AgentReplyError error = scene.Client.Refused("kill", new { id, signal = JsonElement.Parse(signal) });

        Assert.Equal(("INVALID_PARAMS", "signal"), (error.Name, error.Data.Text("path")));
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_DoesNotListen_IsKilledWhenTimeIsUpAndNotBefore(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("ignore-term");
        Client other = scene.Connect();
        long stop = other.Send("stop", new { id, timeoutMs = 700 });

        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 300 }).Name);
        Assert.Equal("running", scene.StatusOf(id));

        JsonElement exit = other.Result(stop).GetProperty("exit");
        Assert.Equal(("SIGKILL", 137), (exit.Text("signal"), exit.Number("code")));
        Assert.False(exit.GetProperty("oomKilled").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_NoTimeAtAll_IsKilled(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("ignore-term");

        Assert.Equal("SIGKILL", scene.Client.Call("stop", new { id, timeoutMs = 0 }).GetProperty("exit").Text("signal"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_WithExecs_EndsThemToo(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 2");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("ignore-term") });

        Assert.Equal(2, scene.Client.Call("stop", new { id }).GetProperty("exit").Number("code"));
        Assert.Equal("SIGKILL", scene.Client.Call("state", new { id, process = "side" }).GetProperty("exit").Text("signal"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_Paused_EndsGently(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 5");
        _ = scene.Client.Call("pause", new { id });

        JsonElement stopped = scene.Client.Call("stop", new { id });

        Assert.Equal(("stopped", 5), (stopped.Text("status"), stopped.GetProperty("exit").Number("code")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_PausedAndDoesNotListen_IsKilled(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("ignore-term");
        _ = scene.Client.Call("pause", new { id });

        Assert.Equal("SIGKILL", scene.Client.Call("stop", new { id, timeoutMs = 100 }).GetProperty("exit").Text("signal"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stop_CreatedOnly_EndsAtOnce(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");

        JsonElement stopped = scene.Client.Call("stop", new { id });

        Assert.Equal(("stopped", "SIGKILL"), (stopped.Text("status"), stopped.GetProperty("exit").Text("signal")));
        _ = scene.Client.Call("delete", new { id });
    }

    [Fact]
    public void Stop_Twice_BothAreAnsweredWithTheOneExit()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        Client other = scene.Connect();

        long first = scene.Client.Send("stop", new { id });
        long second = other.Send("stop", new { id });

        JsonElement[] exits = [scene.Client.Result(first).GetProperty("exit"), other.Result(second).GetProperty("exit")];
        Assert.Equal(exits[0].ToString(), exits[1].ToString());
        Assert.Equal(Signal.NameOf(Signal.SIGTERM), exits[0].Text("signal"));
    }
}
