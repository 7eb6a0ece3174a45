using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>exec: more processes in a running container.</summary>
public sealed class ExecTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_UnnamedAndWaitedFor_AnswersAllAndIsForgotten(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement ended = scene.Client.Call(
            "exec", new { id, args = Payload("print out", "print err --stderr", "exit 7"), wait = true, captureOutput = true });

        Assert.Equal(("stopped", 7, "waited"), (ended.Text("status"), ended.GetProperty("exit").Number("code"), ended.GetProperty("exit").Text("source")));
        Assert.Equal(("out\n", "err\n"), (ended.Text("stdout"), ended.Text("stderr")));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id, process = ended.Text("process") }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_Unnamed_GetsANameThatServesUntilDelete(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement started = scene.Client.Call("exec", new { id, args = Payload("exit 6") });
        string process = started.Text("process");
        JsonElement exit = scene.Client.Call("wait", new { id, process });
        JsonElement deleted = scene.Client.Call("delete", new { id, process });

        Assert.Equal("running", started.Text("status"));
        Assert.Equal(6, exit.Number("code"));
        Assert.Equal((process, "stopped"), (deleted.Text("process"), deleted.Text("status")));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_Named_StateKillWaitDelete_AreItsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        JsonElement started = ExecReady(scene, id, "probe", "until-term 4");

        Assert.Equal(("probe", id, "running"), (started.Text("process"), started.Text("id"), started.Text("status")));
        Assert.True(ProcFs.IsAlive(started.Number("pid")));
        Assert.Equal(started.Number("pid"), scene.Client.Call("state", new { id, process = "probe" }).Number("pid"));
        Assert.Equal(["init", "probe"], Supervised(scene, id));
        Assert.Equal(("BAD_STATE", "running"), BadState(scene.Client.Refused("delete", new { id, process = "probe" })));
        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, process = "probe", timeoutMs = 0 }).Name);

        _ = scene.Client.Call("kill", new { id, process = "probe", signal = "TERM" });

        Assert.Equal(4, scene.Client.Call("wait", new { id, process = "probe" }).Number("code"));
        Assert.Equal("running", scene.StatusOf(id));
        JsonElement stopped = scene.Client.Call("state", new { id, process = "probe" });
        Assert.Equal(("stopped", 4), (stopped.Text("status"), stopped.GetProperty("exit").Number("code")));
        Assert.True(stopped.IsNull("pid"));
        Assert.Equal(("BAD_STATE", "stopped"), BadState(scene.Client.Refused("kill", new { id, process = "probe", signal = "TERM" })));
        Assert.Equal(4, scene.Client.Call("delete", new { id, process = "probe" }).GetProperty("exit").Number("code"));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("delete", new { id, process = "probe" }).Name);
        Assert.Equal(["init"], Supervised(scene, id));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_Named_WaitedFor_IsKeptUntilDelete(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        _ = scene.Client.Call("exec", new { id, process = "kept", args = Payload("exit 8"), wait = true });

        Assert.Equal(8, scene.Client.Call("wait", new { id, process = "kept" }).Number("code"));
        Assert.Equal("ALREADY_EXISTS", scene.Client.Refused("exec", new { id, process = "kept", args = Payload("exit 0") }).Name);
        _ = scene.Client.Call("delete", new { id, process = "kept" });
        Assert.Equal(9, scene.Client.Call("exec", new { id, process = "kept", args = Payload("exit 9"), wait = true }).GetProperty("exit").Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_NameTaken_IsRefusedAndTheHolderLives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        int pid = ExecReady(scene, id, "probe", "until-term").Number("pid");

        AgentReplyError error = scene.Client.Refused("exec", new { id, process = "probe", args = Payload("exit 0") });
        AgentReplyError init = scene.Client.Refused("exec", new { id, process = "init", args = Payload("exit 0") });

        Assert.Equal((1002, "ALREADY_EXISTS"), (error.Code, error.Name));
        Assert.Equal(scene.Client.Call("state", new { id }).Text("instance"), error.Data.Text("instance"));
        Assert.Equal(("INVALID_PARAMS", "process"), (init.Name, init.Data.Text("path")));
        Assert.True(ProcFs.IsAlive(pid));
        _ = scene.Client.Call("delete", new { id, process = "probe", force = true });
        Poll.Until(() => !ProcFs.IsAlive(pid), "delete with force ends the process");
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_FromFirstToLast_EventsTell(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id } });

        int pid = scene.Client.Call("exec", new { id, process = "probe", args = Payload("exit 3") }).Number("pid");

        JsonElement[] events = [listener.NextEvent(), listener.NextEvent(), listener.NextEvent()];
        Assert.Equal(["exec-added", "exec-started", "exit"], events.Select(next => next.Text("type")));
        Assert.All(events, next => Assert.Equal("probe", next.Text("process")));
        Assert.Equal(pid, events[1].Number("pid"));
        Assert.Equal(3, events[2].GetProperty("exit").Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_InitIsKilled_TheExitOfInitIsTheLast(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        foreach (string process in (ReadOnlySpan<string>)["a", "b", "c"])
        {
            _ = scene.Client.Call("exec", new { id, process, args = Payload("sleep 1000") });
        }

        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id }, types = new[] { "exit" } });
        Client waiting = scene.Connect();
        long wait = waiting.Send("wait", new { id });

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        JsonElement[] exits = [listener.NextEvent(), listener.NextEvent(), listener.NextEvent(), listener.NextEvent()];
        Assert.Equal(["a", "b", "c"], exits[..3].Select(exit => exit.Text("process")).Order());
        Assert.Equal("init", exits[3].Text("process"));
        Assert.All(exits, exit => Assert.Equal(("SIGKILL", 137, "waited"), ExitOf(exit)));
        Assert.Equal("SIGKILL", waiting.Result(wait).Text("signal"));
        Assert.Equal("stopped", scene.Client.Call("state", new { id, process = "b" }).Text("status"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_ContainerNotRunning_IsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");
        object request = new { id, args = Payload("exit 0") };

        Assert.Equal(("BAD_STATE", "created"), BadState(scene.Client.Refused("exec", request)));
        _ = scene.Client.Call("start", new { id });
        _ = scene.Client.Call("pause", new { id });
        AgentReplyError paused = scene.Client.Refused("exec", request);
        Assert.Equal("cannot exec in a container in the 'paused' state", paused.Message);
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = scene.Client.Call("resume", new { id });
        _ = scene.WaitFor(id);
        Assert.Equal(("BAD_STATE", "stopped"), BadState(scene.Client.Refused("exec", request)));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
        _ = scene.Client.Call("delete", new { id });
        Assert.Equal("NOT_FOUND", scene.Client.Refused("exec", request).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_ProgramThatCannotRun_IsToldApart(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        AgentReplyError missing = scene.Client.Refused("exec", new { id, process = "a", args = new[] { "/no/such/program" } });
        AgentReplyError file = scene.Client.Refused("exec", new { id, process = "a", args = new[] { BundleBuilder.NotExecutable }, wait = true });

        Assert.Equal((1012, "EXEC_NOT_FOUND"), (missing.Code, missing.Name));
        Assert.Contains("/no/such/program", missing.Message, StringComparison.Ordinal);
        Assert.Equal((1013, "EXEC_NOT_EXECUTABLE"), (file.Code, file.Name));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
        Assert.Single(Pids(scene, id));
        Assert.Equal(0, scene.Client.Call("exec", new { id, process = "a", args = Payload("exit 0"), wait = true }).GetProperty("exit").Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_Environment_IsTheContainersAndMore(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement ended = scene.Client.Call(
            "exec", new { id, args = Payload("env"), env = new[] { "WORD=another", "NEW=1" }, wait = true, captureOutput = true });

        string[] variables = ended.Text("stdout").Split('\n');
        Assert.Contains("PATH=/", variables);
        Assert.Contains("NEW=1", variables);
        Assert.Equal(["WORD=another"], variables.Where(variable => variable.StartsWith("WORD=", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_DirectoryAndUser_AreHonoured(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });
        string[] args = Busybox.Shell("/busybox pwd; /busybox id -u; /busybox id -g; echo $NAME");
        object spec = new { args, cwd = "/dev", user = new { uid = 7, gid = 8 }, env = new[] { "NAME=spec" } };

        JsonElement plain = scene.Client.Call("exec", new { id, args, wait = true, captureOutput = true });
        JsonElement another = scene.Client.Call("exec", new { id, args, cwd = "/srv", user = "1000:2000", wait = true, captureOutput = true });
        JsonElement whole = scene.Client.Call("exec", new { id, spec, wait = true, captureOutput = true });

        Assert.Equal("/\n0\n0\n\n", plain.Text("stdout"));
        Assert.Equal("/srv\n1000\n2000\n\n", another.Text("stdout"));
        Assert.Equal("/dev\n7\n8\nspec\n", whole.Text("stdout"));
        Assert.Equal(args, whole.GetProperty("args").EnumerateArray().Select(arg => arg.GetString()));
    }

    [Theory]
    [InlineData("""{"args":[]}""", "args")]
    [InlineData("""{"cwd":"/"}""", "args")]
    [InlineData("""{"spec":{"cwd":"/"}}""", "spec")]
    [InlineData("""{"spec":{"args":["/x"],"cwd":"/"},"cwd":"/"}""", "cwd")]
    [InlineData("""{"args":["/x"],"env":["NONE"]}""", "env[0]")]
    [InlineData("""{"args":["/x"],"cwd":"here"}""", "cwd")]
    [InlineData("""{"args":["/x"],"user":"root"}""", "user")]
    [InlineData("""{"args":["/x"],"captureOutput":true}""", "captureOutput")]
    [InlineData("""{"args":["/x"],"process":"../x"}""", "process")]
    public void Exec_ParamsThatCannotBe_AreRefusedBeforeAnythingIsDone(string parameters, string path)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        Dictionary<string, object> request = JsonSerializer.Deserialize<Dictionary<string, object>>(parameters)!;
        request["id"] = id;

        AgentReplyError error = scene.Client.Refused("exec", request);

        Assert.Equal(("INVALID_PARAMS", path), (error.Name, error.Data.Text("path")));
        Assert.Equal(["init"], ProcessDirectories(scene, id));
    }


    internal static string[] Payload(params IReadOnlyList<string> steps) => ["/shimd", "payload", "run", .. steps];

    internal static string[] ProcessDirectories(Scene scene, string id)
        => [.. Directory.GetDirectories(Path.Combine(scene.Agent.Root, "containers", id, "processes")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    internal static int[] Pids(Scene scene, string id)
        => [.. scene.Client.Call("pids", new { id }).GetProperty("pids").EnumerateArray().Select(pid => pid.GetInt32())];

    /// <summary>A named exec whose program runs, and acts on signals.</summary>
    private static JsonElement ExecReady(Scene scene, string id, string process, params IReadOnlyList<string> steps)
    {
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        JsonElement started = scene.Client.Call(
            "exec", new { id, process, args = Payload(["print ready", .. steps]), stdio = new { stdout = new { fd = 0 } } }, output.Writer);
        Assert.Equal("ready", Child.ReadLine(output.Reader));
        return started;
    }

    internal static string[] Supervised(Scene scene, string id)
        => [.. scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray().Select(process => process.Text("process")).Order(StringComparer.Ordinal)];

    private static (string Name, string Status) BadState(AgentReplyError error) => (error.Name, error.Data.Text("status"));

    private static (string Signal, int Code, string Source) ExitOf(JsonElement message)
    {
        JsonElement exit = message.GetProperty("exit");
        return (exit.Text("signal"), exit.Number("code"), exit.Text("source"));
    }
}
