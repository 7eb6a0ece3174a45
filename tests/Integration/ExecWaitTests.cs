using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;
using static Shimd.Tests.Integration.ExecTests;

namespace Shimd.Tests.Integration;

/// <summary>exec with <c>wait</c>: for scripts and probes, with a deadline and what the process wrote.</summary>
public sealed class ExecWaitTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_WaitedFor_InitIsKilled_IsAnswered(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        Client waiting = scene.Connect();
        long exec = waiting.Send("exec", new { id, args = Payload("print started", "sleep 1000"), wait = true, captureOutput = true });
        Poll.Until(() => Pids(scene, id).Length == 2, "the exec runs");
        Poll.Until(() => Supervised(scene, id).Length == 2 && IsStarted(scene, id), "the exec is known to run");

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        Assert.Equal("SIGKILL", waiting.Result(exec).GetProperty("exit").Text("signal"));
        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        Assert.Equal("stopped", scene.Client.Call("delete", new { id }).Text("status"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_DeadlinePasses_IsKilledAndNothingIsLeft(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        int init = scene.PidOf(id);

        // The shortest ones run out while the runtime is still at work.
        foreach (int timeoutMs in (ReadOnlySpan<int>)[1, 5, 10, 20, 40, 80, 300])
        {
            AgentReplyError error = scene.Client.Refused(
                "exec", new { id, args = Payload("print x", "sleep 1000"), wait = true, captureOutput = true, timeoutMs });

            Assert.Equal((1006, "TIMEOUT"), (error.Code, error.Name));
            Assert.Equal(["init"], ProcessDirectories(scene, id));
            Assert.Equal(["init"], Supervised(scene, id));
            Poll.Until(() => Pids(scene, id).SequenceEqual([init]), () => $"after {timeoutMs} ms nothing but init is left of {string.Join(' ', Pids(scene, id))}");
        }

        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_NamedAndDeadlinePasses_IsKilledAndStaysKnown(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        AgentReplyError error = scene.Client.Refused("exec", new { id, process = "slow", args = Payload("sleep 1000"), wait = true, timeoutMs = 2000 });

        Assert.Equal(("TIMEOUT", "stopped"), (error.Name, error.Data.Text("status")));
        Assert.Equal("SIGKILL", scene.Client.Call("wait", new { id, process = "slow", timeoutMs = 0 }).Text("signal"));
        _ = scene.Client.Call("delete", new { id, process = "slow" });
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_GrandchildHoldsTheStreams_EndsWithItsProcess(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement ended = scene.Client.Call(
            "exec", new { id, args = Payload("print before", "fork-hold 1000", "exit 3"), wait = true, captureOutput = true });

        Assert.Equal((3, "before\n"), (ended.GetProperty("exit").Number("code"), ended.Text("stdout")));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
        Assert.Equal(2, Pids(scene, id).Length);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_WritesTooMuch_TheCaptureIsCutAndTheProcessEnds(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement ended = scene.Client.Call(
            "exec", new { id, args = Payload("spam 1000000", "spam 500000 --stderr", "exit 2"), wait = true, captureOutput = true });

        Assert.Equal(2, ended.GetProperty("exit").Number("code"));
        Assert.True(ended.GetProperty("truncated").GetBoolean());
        Assert.Equal((16 * 1024, 16 * 1024), (ended.Text("stdout").Length, ended.Text("stderr").Length));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_ManyAtOnce_EachIsAnsweredWithItsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        long[] requests = [.. Enumerable.Range(1, 12).Select(
            number => scene.Client.Send("exec", new { id, args = Payload($"print {number}", $"exit {number}"), wait = true, captureOutput = true }))];

        Assert.All(requests.Index(), request =>
        {
            JsonElement ended = scene.Client.Result(request.Item);
            Assert.Equal((request.Index + 1, $"{request.Index + 1}\n"), (ended.GetProperty("exit").Number("code"), ended.Text("stdout")));
        });
        Assert.Equal(["init"], ProcessDirectories(scene, id));
    }

    private static bool IsStarted(Scene scene, string id)
        => scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray().All(process => !process.IsNull("pid"));
}
