using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary><c>shimd attach</c>, <c>run -it</c> and <c>exec -it</c>, with a terminal and without one.</summary>
public sealed class AttachVerbTests : SceneTests
{
    private const string Detach = "\u0010\u0011";

    /// <summary>Echoes lines in capitals of its own, until it is told the code to exit with.</summary>
    private const string Talk = "echo ready; while read -r word code; do [ \"$word\" = exit ] && exit $code; echo \"<$word>\"; done";

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Terminal_HasItsSizeFromTheFirstMoment_AndItsCode(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using var terminal = new PseudoTerminal(132, 43);
        string before = terminal.Modes;

        string bundle = Busybox.Bundle(scene["bundle"], "/busybox stty size; echo end; exit 5", terminal: true);
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "--rm", "-b", bundle, id));

        terminal.WaitFor("43 132\r\nend\r\n");
        Assert.Equal(5, run.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
        Assert.Equal("", scene.Say("ps", "-q").Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_Terminal_HasItsSizeFromTheFirstMoment_AndItsCode(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Machine.RequireRealTime();
        string id = Sleeper(scene);
        using var terminal = new PseudoTerminal(101, 31);
        string before = terminal.Modes;

        for (int i = 0; i < 10; i++)
        {
            using Child exec = terminal.Start(scene.ShimdRequest("exec", "-it", id, "--", "/busybox", "sh", "-c", "/busybox stty size; exit 6"));
            terminal.WaitFor("31 101\r\n");
            Assert.Equal(6, exec.WaitForEnd().Code);
        }

        Assert.Equal(before, terminal.Modes);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_DetachKeys_LeaveIt_AndAttachComesBack(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using var terminal = new PseudoTerminal(80, 25);
        string before = terminal.Modes;
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "-b", Busybox.Bundle(scene["bundle"], Talk, terminal: true), id));
        terminal.WaitFor("ready");
        terminal.Type("one\r");
        terminal.WaitFor("<one>");
        Assert.NotEqual(before, terminal.Modes);

        terminal.Type(Detach);
        Assert.Equal(0, run.WaitForEnd().Code);
        terminal.WaitFor($"shimd attach {id}");
        Assert.Equal(before, terminal.Modes);
        Assert.Equal("running", scene.StatusOf(id));

        using Child attach = terminal.Start(scene.ShimdRequest("attach", id));
        Poll.Until(() => terminal.Modes != before, "the terminal is raw");
        terminal.Type("two\u0010x\r");
        terminal.WaitFor("<two\u0010x>");
        terminal.Resize(90, 20);
        Poll.Until(() => scene.Client.Call("exec", new { id, args = new[] { "/busybox", "stty", "-F", "/dev/console", "size" }, wait = true, captureOutput = true })
            .Text("stdout") is "20 90\n" or "", "the new size is there");
        terminal.Type("exit 7\r");
        Assert.Equal(7, attach.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_WindowChanges_AreFollowed(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string words = "trap '/busybox stty size' WINCH; echo ready; while :; do /busybox sleep 1000 & wait; done";
        using var terminal = new PseudoTerminal(80, 25);
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "-b", Busybox.Bundle(scene["bundle"], words, terminal: true), scene.NewId()));
        terminal.WaitFor("ready");

        terminal.Resize(120, 40);
        terminal.WaitFor("40 120");
        terminal.Resize(70, 20);
        terminal.WaitFor("20 70");
        terminal.Type(Detach);

        Assert.Equal(0, run.WaitForEnd().Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_AgentDiesAndComesBack_TheTerminalLives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using var terminal = new PseudoTerminal(80, 25);
        string before = terminal.Modes;
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "-b", Busybox.Bundle(scene["bundle"], Talk, terminal: true), id));
        terminal.WaitFor("ready");
        WaitUntilItStays(scene);

        scene.Agent.Kill();
        terminal.WaitFor("the agent has gone");
        terminal.Type("one\r");
        terminal.WaitFor("<one>");
        scene.Agent.Start();
        terminal.Type("two\r");
        terminal.WaitFor("<two>");
        terminal.Type("exit 9\r");

        Assert.Equal(9, run.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Attach_Signals_AreForwardedOrEndIt_AndTheTerminalIsRestored(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string words = "trap 'echo got; exit 4' TERM; echo ready; while :; do /busybox sleep 1000 & wait; done";
        using var terminal = new PseudoTerminal(80, 25);
        string before = terminal.Modes;
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "-b", Busybox.Bundle(scene["bundle"], words, terminal: true), id));
        terminal.WaitFor("ready");
        terminal.Type(Detach);
        Assert.Equal(0, run.WaitForEnd().Code);

        using Child onlooker = terminal.Start(scene.ShimdRequest("attach", "--sig-proxy=false", id));
        Poll.Until(() => terminal.Modes != before, "the terminal is raw");
        onlooker.PidFd.Send(Signal.SIGTERM).OrThrow("kill");
        Assert.Equal(0, onlooker.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
        Assert.Equal("running", scene.StatusOf(id));

        using Child attach = terminal.Start(scene.ShimdRequest("attach", id));
        Poll.Until(() => terminal.Modes != before, "the terminal is raw");
        attach.PidFd.Send(Signal.SIGTERM).OrThrow("kill");
        terminal.WaitFor("got");
        Assert.Equal(4, attach.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_Terminal_TheAgentDiesForGood_SignalsLeaveAndTheTerminalIsRestored(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using var terminal = new PseudoTerminal(80, 25);
        string before = terminal.Modes;
        using Child run = terminal.Start(scene.ShimdRequest("run", "-it", "-b", Busybox.Bundle(scene["bundle"], Talk, terminal: true), id));
        terminal.WaitFor("ready");
        WaitUntilItStays(scene);

        scene.Agent.Kill();
        terminal.WaitFor("the agent has gone");
        run.PidFd.Send(Signal.SIGTERM).OrThrow("kill");

        Assert.Equal(125, run.WaitForEnd().Code);
        Assert.Equal(before, terminal.Modes);
        scene.Agent.Start();
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Attach_WithoutTerminal_IsAPartOfAPipeline(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Say("run", "-d", "--stdin", "attach", "--stdout", "attach", "--stderr", "attach", "-b", scene.Payload("cat", "print oh --stderr", "exit 3"), id);
        File.WriteAllText(scene["words"], string.Concat(Enumerable.Range(0, 200_000).Select(number => $"{number}\n")));
        string command = $"{Machine.Binary} attach {id} <{scene["words"]} | md5sum; {Machine.Binary} wait {id}";

        ChildEnd end = Child.Run(scene.ShimdRequest() with { Path = "/bin/sh", Arguments = ["sh", "-c", command] });

        Assert.Equal("oh\n", end.Errors);
        string expected = Child.RunShell($"md5sum <{scene["words"]}").Output;
        Assert.StartsWith(expected, end.Output, StringComparison.Ordinal);
        Assert.Contains("3", end.Output[expected.Length..], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Attach_ToALoggedProcess_LooksOn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("print one", "exit 2"), stdio = new { stdout = "log", stderr = "log" } });
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child attach = Child.Start(scene.ShimdRequest("attach", id) with { Descriptors = [nothing, output.Writer, output.Writer] });
        output.Writer.Dispose();

        // With stdin, which is not to be had; to stdout; to stderr.
        Poll.Until(() => scene.Agent.Log.Split($"attach {id}: asked").Length > 3, "it is attached");

        _ = scene.Client.Call("start", new { id });

        Assert.Equal("one\n", Child.ReadToEnd(output.Reader));
        Assert.Equal(2, attach.WaitForEnd().Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public async Task Attach_CutOff_SaysSoAndComesBack(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        var stdio = new { stdin = "attach", stdout = "attach", stderr = "attach" };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("spam 9000000", "print done --stderr", "cat", "exit 6"), stdio });
        using var onlooker = RawAttach.To(scene, new { id, streams = new[] { "stderr" } });
        using var writer = RawAttach.To(scene, new { id, stdin = true, streams = Array.Empty<string>() });
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child attach = Child.Start(
            scene.ShimdRequest("attach", "--no-stdin", id) with { Descriptors = [nothing, output.Writer, errors.Writer] });
        output.Writer.Dispose();
        errors.Writer.Dispose();
        Poll.Until(() => scene.Agent.Log.Split($"attach {id}: asked").Length > 4, "all are attached");
        _ = scene.Client.Call("start", new { id });

        // The container has said it all, though nobody has read a word.
        Assert.Equal("done", onlooker.ReadLine());
        Task<string> read = Task.Factory.StartNew(
            () => Child.ReadToEnd(output.Reader), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!Child.ReadLine(errors.Reader).Contains("output was lost", StringComparison.Ordinal))
        {
        }

        writer.Send("last words\n");
        writer.HalfClose();

        Assert.Equal(6, attach.WaitForEnd().Code);
        string said = await read;
        Assert.EndsWith("\nlast words\n", said, StringComparison.Ordinal);
        Assert.InRange(said.Length, 65_536, 8_999_999);
    }

    [Fact]
    public void Run_TerminalThatCannotBe_IsAWordOnWhy()
    {
        Scene scene = Enter(Scene.With("crun"));

        Said said = scene.Say("run", "-it", "-b", scene.Payload("exit 0"), scene.NewId());

        Assert.Equal(125, said.Code);
        Assert.Contains("needs a terminal", said.Errors, StringComparison.Ordinal);
    }

    /// <summary>The client has its container, and tells the size once more: whatever comes from here on finds it waiting.</summary>
    private static void WaitUntilItStays(Scene scene)
        => Poll.Until(() => scene.Agent.Log.Split("resize ").Length > 2, "the client has told the size twice");

    private static string Sleeper(Scene scene)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });
        return id;
    }
}
