using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The client's verbs, as people and scripts use them.</summary>
public sealed class VerbTests : SceneTests
{
    public static TheoryData<string> Verbs => ["serve", "run", "create", "start", "stop", "kill", "wait", "delete", "ps", "state", "events", "call", "version"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Help_OfEveryVerb_HasAnExample(string verb)
    {
        ChildEnd end = Child.Run(Machine.Binary, verb, "--help");

        Assert.Equal((0, ""), (end.Status.Code, end.Errors));
        string[] examples = end.Output.Split("Examples:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($"  shimd {verb}", examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfTheWhole_NamesEveryVerb()
    {
        ChildEnd end = Child.Run(Machine.Binary, "--help");

        Assert.Equal(0, end.Status.Code);
        Assert.All(Verbs, verb => Assert.Contains($"  {verb.Data} ", end.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("payload", end.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void CreateStartWaitDelete_EachPrintsWhatTheNextNeeds(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "create", "--bundle", scene.Payload("exit 7"), id));
        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "start", id));
        Assert.Equal(new Said(0, "7\n", ""), Run(scene, "wait", id));
        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "delete", id));
        Assert.Equal(new Said(0, "", ""), Run(scene, "ps", "-q"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Foreground_HasItsOutputAndItsCode(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Said said = Run(scene, "run", "--rm", "-b", scene.Payload("print hello", "print oh --stderr", "exit 42"), id);

        Assert.Equal(new Said(42, "hello\n", "oh\n"), said);
        Assert.Equal("", Run(scene, "ps", "-q").Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Foreground_IsAPartOfAPipeline(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string command = $"printf 'a line\\n' | {Machine.Binary} run --rm -b {scene.Payload("cat")} {scene.NewId()} | tr a-z A-Z";

        ChildEnd end = Child.Run(scene.ShimdRequest() with { Path = "/bin/sh", Arguments = ["sh", "-c", command] });

        Assert.Equal(("A LINE\n", ""), (end.Output, end.Errors));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_WithoutRm_TheContainerStays(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Assert.Equal(3, Run(scene, "run", "-b", scene.Payload("exit 3"), id).Code);

        Assert.Equal("stopped", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Detached_PrintsTheIdAndLeaves(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "run", "-d", "-l", "tier=front", "-b", scene.Payload("until-term"), id));

        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal($"{id}\n", Run(scene, "ps", "-q", "--label", "tier=front", "--status", "running").Output);
        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "stop", "-t", "0.1", id));
    }

    [Theory]
    [InlineData("crun", Signal.SIGTERM)]
    [InlineData("runc", Signal.SIGTERM)]
    [InlineData("crun", Signal.SIGHUP)]
    [InlineData("runc", Signal.SIGUSR1)]
    public void Run_Foreground_ForwardsSignals(string runtime, int signal)
    {
        Scene scene = Enter(Scene.With(runtime));
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        SpawnRequest request = scene.ShimdRequest("run", "--rm", "-b", scene.Payload("print ready", "until-term 9"), scene.NewId());
        using var run = Child.Start(request with { Descriptors = [nothing, output.Writer, nothing] });
        output.Writer.Dispose();
        Assert.Equal("ready", Child.ReadLine(output.Reader));

        run.PidFd.Send(signal).OrThrow("kill");
        Assert.Equal(Signal.NameOf(signal), Child.ReadLine(output.Reader));
        if (signal != Signal.SIGTERM)
        {
            run.PidFd.Send(Signal.SIGTERM).OrThrow("kill");
        }

        Assert.Equal(9, run.WaitForEnd().Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_KilledBySignal_Exits128AndTheSignal(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        string id = scene.NewId();
        using var run = Child.Start(scene.ShimdRequest("run", "--rm", "-b", scene.Payload("print ready", "until-term"), id) with { Descriptors = [nothing, output.Writer, nothing] });
        output.Writer.Dispose();
        Assert.Equal("ready", Child.ReadLine(output.Reader));
        scene.WaitForStart(id);

        Assert.Equal(new Said(0, $"{id}\n", ""), Run(scene, "kill", "-s", "KILL", id));

        Assert.Equal(137, run.WaitForEnd().Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_ProgramMissingOrNotExecutable_Exits127And126(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));

        Said missing = Run(scene, "run", "-b", scene.Program("/no/such/program"), scene.NewId());
        Said notExecutable = Run(scene, "run", "-b", scene.Program(BundleBuilder.NotExecutable), scene.NewId());

        Assert.Equal((127, 126), (missing.Code, notExecutable.Code));
        Assert.Contains("'/no/such/program' was not found", missing.Errors, StringComparison.Ordinal);
        Assert.Contains("cannot be executed", notExecutable.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WhatIsOurs_Exits125()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        scene.Fake.Fail("run", "out of luck");

        Said failed = Run(scene, "run", "-b", scene.Payload(), id);
        Said noBundle = Run(scene, "run", "-b", scene["none"], id);
        Said usage = Run(scene, "run", "--no-such-option", id);
        Said noAgent = Run(scene, "run", "--socket", scene["none"], id);

        Assert.All((Said[])[failed, noBundle, usage, noAgent], said => Assert.Equal(125, said.Code));
        Assert.Contains("out of luck", failed.Errors, StringComparison.Ordinal);
        Assert.Contains("shimd serve", noAgent.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbs_Errors_ExitOneAndSayTheNextStep()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        Said unknown = Run(scene, "state", "nobody");
        Said running = Run(scene, "delete", id);
        Said taken = Run(scene, "create", "-b", scene.Payload(), id);

        Assert.Equal(new Said(1, "", "shimd: no such container nobody\nshimd: list what there is with: shimd ps\n"), unknown);
        Assert.Equal(1, running.Code);
        Assert.StartsWith("shimd: cannot delete a container in the 'running' state\n", running.Errors, StringComparison.Ordinal);
        Assert.Contains($"shimd stop {id}", running.Errors, StringComparison.Ordinal);
        Assert.Equal(1, taken.Code);
        Assert.Contains("already exists", taken.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbs_WrongUsage_ExitTwo()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Assert.Equal(2, Run(scene, "no-such-verb").Code);
        Assert.Equal(2, Run(scene, "state").Code);
        Assert.Equal(2, Run(scene, "kill", "-s", "SIGNOTHING", "web").Code);
        Assert.Equal(2, Run(scene, "wait", "--timeout", "soon", "web").Code);
    }

    [Fact]
    public void Verbs_NoAgent_Exit125()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        foreach (string verb in (ReadOnlySpan<string>)["ps", "events"])
        {
            Said said = Run(scene, verb, "--socket", scene["none"]);
            Assert.Equal(125, said.Code);
            Assert.Contains("no agent", said.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Json_OfEveryVerb_IsAnObjectALine()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        string bundle = scene.Payload();

        Assert.Equal("created", Json(scene, "create", "--bundle", bundle, id).Text("status"));
        Assert.Equal("running", Json(scene, "start", id).Text("status"));
        Assert.Equal(id, Json(scene, "ps").Text("id"));
        Assert.Equal("running", Json(scene, "state", id).Text("status"));
        Assert.Equal("init", Json(scene, "state", id, "init").Text("process"));
        Assert.Equal("{}", Json(scene, "kill", "-s", "KILL", id).ToString());
        Assert.Equal(137, Json(scene, "wait", id).Number("code"));
        Assert.Equal("stopped", Json(scene, "stop", id).Text("status"));
        Assert.Equal("stopped", Json(scene, "delete", id).Text("status"));
        Assert.Equal("shimd", Json(scene, "version").GetProperty("server").Text("server"));
        Assert.Equal("shimd", Json(scene, "call", "hello").Text("server"));
    }

    [Fact]
    public void Json_Error_IsAnObjectOnStderr()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Said said = Run(scene, "--format", "json", "state", "nobody");

        using var error = JsonDocument.Parse(said.Errors);
        Assert.Equal((1, ""), (said.Code, said.Output));
        Assert.Equal((1001, "NOT_FOUND"), (error.RootElement.Number("code"), error.RootElement.GetProperty("data").Text("name")));
    }

    [Fact]
    public void Ps_Table_HasAHeaderAndARow()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        string[] lines = Run(scene, "ps").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("ID ", lines[0], StringComparison.Ordinal);
        Assert.Matches($"^{id} +running +{scene.PidOf(id)} ", lines[1]);
    }

    [Fact]
    public void State_ForPeople_TellsPidAndBundle()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        string output = Run(scene, "state", id).Output;

        Assert.Matches($"ID +{id}\nSTATUS +running\nPID +{scene.PidOf(id)}\n", output);
        Assert.Contains("bundle-", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_FollowsUntilTheAgentGoes_AndSaysHowToGoOn()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        string since = $"{scene.Client.Call("hello").Text("epoch")}:0";
        string id = scene.Create();
        using var events = Child.Start(scene.ShimdRequest("events", "--since", since, "--type", "create", "--type", "start") with { Descriptors = [nothing, output.Writer, errors.Writer] });
        output.Writer.Dispose();
        errors.Writer.Dispose();
        Assert.Matches($"Z  create +{id} +pid ", Child.ReadLine(output.Reader));

        _ = scene.Client.Call("start", new { id });
        Assert.Matches($"Z  start +{id} +pid ", Child.ReadLine(output.Reader));
        _ = scene.Agent.Terminate();

        Assert.Contains("--since ", Child.ReadToEnd(errors.Reader), StringComparison.Ordinal);
        Assert.Equal(125, events.WaitForEnd().Code);
        scene.Agent.Start();
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_AgentIsReplaced_TheClientWaitsOn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime, "--log-level", "debug"));
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        SpawnRequest request = scene.ShimdRequest("run", "--rm", "-b", scene.Payload("print ready", "until-term 11"), scene.NewId());
        using var run = Child.Start(request with { Descriptors = [nothing, output.Writer, errors.Writer] });
        output.Writer.Dispose();
        errors.Writer.Dispose();
        Assert.Equal("ready", Child.ReadLine(output.Reader));

        // Signals are forwarded once the agent has answered.
        run.PidFd.Send(Signal.SIGHUP).OrThrow("kill");
        Assert.Equal("SIGHUP", Child.ReadLine(output.Reader));
        scene.Agent.Kill();
        Assert.Contains("lives on", Child.ReadLine(errors.Reader), StringComparison.Ordinal);
        scene.Agent.Start();
        Poll.Until(() => scene.Agent.Log.Split($"pid {run.Pid}, uid 0, read-write").Length == 3, "the client connects again");
        run.PidFd.Send(Signal.SIGTERM).OrThrow("kill");

        Assert.Equal("SIGTERM", Child.ReadLine(output.Reader));
        Assert.Equal(11, run.WaitForEnd().Code);
        Assert.Equal("", Run(scene, "ps", "-q").Output);
    }

    private sealed record Said(int Code, string Output, string Errors);

    private static Said Run(Scene scene, params IReadOnlyList<string> arguments)
    {
        ChildEnd end = scene.Shimd(arguments);
        return new Said(end.Status.Code, end.Output, end.Errors);
    }

    private static JsonElement Json(Scene scene, params IReadOnlyList<string> arguments)
    {
        Said said = Run(scene, ["--format", "json", .. arguments]);
        Assert.Equal((0, ""), (said.Code, said.Errors));
        Assert.Equal(1, said.Output.Count(character => character == '\n'));
        return JsonElement.Parse(said.Output);
    }
}
