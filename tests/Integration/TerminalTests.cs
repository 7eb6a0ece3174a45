using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Processes with a terminal, and the stdin of those without one.</summary>
public sealed class TerminalTests : SceneTests
{
    /// <summary>Says the size whenever that changes, for ever: a shell's wait is what a trapped signal interrupts at once.</summary>
    private const string TellSize = "trap '/busybox stty size' WINCH; echo ready; while :; do /busybox sleep 1000 & wait; done";

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Container_WithTerminal_WritesThroughIt(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");

        _ = scene.Client.Call("create", new { id, bundle = Terminal(scene, "/busybox tty; echo oh >&2; exit 5"), stdio = Streams(scene) });
        _ = scene.Client.Call("start", new { id });
        JsonElement exit = scene.WaitFor(id);

        Assert.True(scene.Client.Call("state", new { id, process = "init" }).GetProperty("terminal").GetBoolean());
        Assert.Equal(5, exit.Number("code"));
        Assert.Matches("^/dev/(pts/0|console)\r\noh\r\n$", Child.ReadToEnd(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Container_WithTerminal_ReadsFromIt(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");
        Fifo.Create(scene["in"]).OrThrow("mkfifo");

        _ = scene.Client.Call("run", new { id, bundle = Terminal(scene, "read -r word; echo \"got $word\"; exit 6"), stdio = Streams(scene, withInput: true) });
        WriteLine(scene, "hello");

        Assert.Equal(6, scene.WaitFor(id).Number("code"));
        Assert.Equal("hello\r\ngot hello\r\n", Child.ReadToEnd(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Container_Terminal_KeysAreSignals(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        string words = "trap 'exit 9' INT; echo ready; while :; do /busybox sleep 1000 & wait; done";

        _ = scene.Client.Call("run", new { id, bundle = Terminal(scene, words), stdio = Streams(scene, withInput: true) });
        Assert.Equal("ready\r", Child.ReadLine(output));
        Write(scene, "\u0003");

        Assert.Equal(9, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Container_Terminal_MuchOutput_AllArrives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");

        _ = scene.Client.Call("run", new { id, bundle = Terminal(scene, "/busybox seq 1 50000"), stdio = Streams(scene) });

        Assert.Equal(string.Concat(Enumerable.Range(1, 50_000).Select(number => $"{number}\r\n")), Child.ReadToEnd(output));
        Assert.Equal(0, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Resize_Container_IsSeenByTheProcess(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");
        _ = scene.Client.Call("run", new { id, bundle = Terminal(scene, TellSize), stdio = Streams(scene) });
        Assert.Equal("ready\r", Child.ReadLine(output));

        _ = scene.Client.Call("resize", new { id, columns = 132, rows = 43 });
        Assert.Equal("43 132\r", Child.ReadLine(output));
        _ = scene.Client.Call("resize", new { id, process = "init", columns = 80, rows = 25 });
        Assert.Equal("25 80\r", Child.ReadLine(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_WithTerminal_WritesReadsAndIsResized(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });
        using Fd output = MakeFifo(scene, "out");
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        string[] args = Busybox.Shell($"/busybox tty; read -r word; echo \"got $word\"; {TellSize}");

        JsonElement started = scene.Client.Call(
            "exec", new { id, process = "shell", args, terminal = true, stdio = Streams(scene, withInput: true) });
        Assert.True(started.GetProperty("terminal").GetBoolean());
        Assert.StartsWith("/dev/", Child.ReadLine(output), StringComparison.Ordinal);
        WriteLine(scene, "hello");
        Assert.Equal("hello\r", Child.ReadLine(output));
        Assert.Equal("got hello\r", Child.ReadLine(output));
        Assert.Equal("ready\r", Child.ReadLine(output));
        _ = scene.Client.Call("resize", new { id, process = "shell", columns = 100, rows = 30 });
        Assert.Equal("30 100\r", Child.ReadLine(output));

        AgentReplyError init = scene.Client.Refused("resize", new { id, columns = 100, rows = 30 });
        Assert.Equal((1016, "NOT_SUPPORTED"), (init.Code, init.Name));
        _ = scene.Client.Call("kill", new { id, process = "shell", signal = "KILL" });
        Assert.Equal("SIGKILL", scene.Client.Call("wait", new { id, process = "shell" }).Text("signal"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("resize", new { id, process = "shell", columns = 1, rows = 1 }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_TellsItsSizeFirstOfAll_ManyTimesOnABusyMachine_HasTheOneItWasGiven(string runtime)
    {
        const int Times = 40;
        Scene scene = Enter(Scene.With(runtime));
        Machine.RequireRealTime();
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        var busy = new SpawnRequest { Path = "/bin/sh", Arguments = ["sh", "-c", "while :; do :; done"], Descriptors = [nothing, nothing, nothing] };
        List<Child> others = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Child.Start(busy))];
        try
        {
            var stty = new { id, args = new[] { "/busybox", "stty", "size" }, terminal = true, columns = 101, rows = 31, wait = true, captureOutput = true };
            int right = Enumerable.Range(0, Times).Count(_ => scene.Client.Call("exec", stty).Text("stdout") == "31 101\r\n");

            // Without what is tested half of them would not be. Another test's container, started in that moment, may be what keeps the runtime: 3 of 5,000.
            Assert.InRange(right, Times - 2, Times);
        }
        finally
        {
            others.ForEach(child => child.Dispose());
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_TerminalAndNoStreams_Ends(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });

        JsonElement ended = scene.Client.Call("exec", new { id, args = Busybox.Shell("/busybox seq 1 20000; exit 4"), terminal = true, wait = true });

        Assert.Equal(4, ended.GetProperty("exit").Number("code"));
        Assert.Equal(["init"], ExecTests.ProcessDirectories(scene, id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_TerminalAndCapture_AnswersWhatWasWritten(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], "exec /busybox sleep 1000") });

        JsonElement ended = scene.Client.Call(
            "exec", new { id, args = Busybox.Shell("echo one; echo two >&2; exit 4"), terminal = true, wait = true, captureOutput = true });

        Assert.Equal(4, ended.GetProperty("exit").Number("code"));
        Assert.Equal("one\r\ntwo\r\n", ended.Text("stdout"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void CloseStdin_Fifo_EndsCat(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        using Fd output = MakeFifo(scene, "out");
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "exit 3"), stdio = Streams(scene, withInput: true) });

        // The writer comes and goes; the shim keeps the fifo open until it is told.
        WriteLine(scene, "one");
        Assert.Equal("one", Child.ReadLine(output));
        WriteLine(scene, "two");
        Assert.Equal("two", Child.ReadLine(output));
        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 50 }).Name);
        _ = scene.Client.Call("closeStdin", new { id });

        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("closeStdin", new { id }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void CloseStdin_Exec_EndsItsCatOnly(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        using Fd output = MakeFifo(scene, "out");
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        _ = scene.Client.Call("exec", new { id, process = "cat", args = ExecTests.Payload("cat", "exit 2"), stdio = Streams(scene, withInput: true) });
        WriteLine(scene, "one");
        Assert.Equal("one", Child.ReadLine(output));

        _ = scene.Client.Call("closeStdin", new { id, process = "cat" });

        Assert.Equal(2, scene.Client.Call("wait", new { id, process = "cat" }).Number("code"));
        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("closeStdin", new { id, process = "dog" }).Name);
    }

    private static string Terminal(Scene scene, string words) => Busybox.Bundle(scene["bundle"], words, terminal: true);

    private static Fd MakeFifo(Scene scene, string name)
    {
        Fifo.Create(scene[name]).OrThrow("mkfifo");
        return Fifo.OpenReader(scene[name]).OrThrow("open");
    }

    private static Dictionary<string, object> Streams(Scene scene, bool withInput = false)
    {
        var streams = new Dictionary<string, object> { ["stdout"] = new { fifo = scene["out"] } };
        if (withInput)
        {
            streams["stdin"] = new { fifo = scene["in"] };
        }

        return streams;
    }

    private static void WriteLine(Scene scene, string line) => Write(scene, line + "\n");

    private static void Write(Scene scene, string text)
    {
        using Fd input = Fifo.OpenWriter(scene["in"]).OrThrow("open");
        input.WriteAll(System.Text.Encoding.UTF8.GetBytes(text)).OrThrow("write");
    }
}
