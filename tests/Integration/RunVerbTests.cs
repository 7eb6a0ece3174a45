using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary><c>shimd run</c>: a container as if it were a command.</summary>
public sealed class RunVerbTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Foreground_HasItsOutputAndItsCode(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Said said = scene.Say("run", "--rm", "-b", scene.Payload("print hello", "print oh --stderr", "exit 42"), id);

        Assert.Equal(new Said(42, "hello\n", "oh\n"), said);
        Assert.Equal("", scene.Say("ps", "-q").Output);
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

        Assert.Equal(3, scene.Say("run", "-b", scene.Payload("exit 3"), id).Code);

        Assert.Equal("stopped", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Detached_PrintsTheIdAndLeaves(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("run", "-d", "-l", "tier=front", "-b", scene.Payload("until-term"), id));

        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal($"{id}\n", scene.Say("ps", "-q", "--label", "tier=front", "--status", "running").Output);
        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("stop", "-t", "0.1", id));
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

        Assert.Equal(new Said(0, $"{id}\n", ""), scene.Say("kill", "-s", "KILL", id));

        Assert.Equal(137, run.WaitForEnd().Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_ProgramMissingOrNotExecutable_Exits127And126(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));

        Said missing = scene.Say("run", "-b", scene.Program("/no/such/program"), scene.NewId());
        Said notExecutable = scene.Say("run", "-b", scene.Program(BundleBuilder.NotExecutable), scene.NewId());

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

        Said failed = scene.Say("run", "-b", scene.Payload(), id);
        Said noBundle = scene.Say("run", "-b", scene["none"], id);
        Said usage = scene.Say("run", "--no-such-option", id);
        Said noAgent = scene.Say("run", "--socket", scene["none"], id);

        Assert.All((Said[])[failed, noBundle, usage, noAgent], said => Assert.Equal(125, said.Code));
        Assert.Contains("out of luck", failed.Errors, StringComparison.Ordinal);
        Assert.Contains("shimd serve", noAgent.Errors, StringComparison.Ordinal);
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
        Assert.Equal("", scene.Say("ps", "-q").Output);
    }
}
