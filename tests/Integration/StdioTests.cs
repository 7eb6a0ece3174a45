using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Where the three streams of a container lead.</summary>
public sealed class StdioTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Null_AllThree_EndAndVanish(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "spam 200000", "exit 2"), stdio = new { stdin = "null", stdout = "null" } });

        Assert.Equal(2, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void File_AllThree_AreReadAndAppendedTo(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        File.WriteAllText(scene["in"], "from a file\n");
        File.WriteAllText(scene["out"], "before\n");
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["in"] }, stdout = new { file = scene["out"] }, stderr = new { file = scene["err"] } };

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat", "print oh --stderr"), stdio });
        _ = scene.WaitFor(id);

        Assert.Equal("before\nfrom a file\n", File.ReadAllText(scene["out"]));
        Assert.Equal("oh\n", File.ReadAllText(scene["err"]));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Fd_AllThree_AreTheClientsOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        using Pipe input = Pipe.Create().OrThrow("pipe2");
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        string id = scene.NewId();
        var stdio = new { stdin = new { fd = 2 }, stdout = new { fd = 0 }, stderr = new { fd = 1 } };

        _ = scene.Client.Call(
            "run", new { id, bundle = scene.Payload("cat", "print oh --stderr"), stdio }, output.Writer, errors.Writer, input.Reader);
        output.Writer.Dispose();
        errors.Writer.Dispose();
        input.Writer.WriteAll("through a pipe\n"u8).OrThrow("write");
        input.Writer.Dispose();

        Assert.Equal("through a pipe\n", Child.ReadToEnd(output.Reader));
        Assert.Equal("oh\n", Child.ReadToEnd(errors.Reader));
        Assert.Equal(0, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void FdAndFifoAndFile_OfTheProcess_AreTheVerySameFiles(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        Fifo.Create(scene["err"]).OrThrow("mkfifo");
        File.WriteAllText(scene["in"], "");
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["in"] }, stdout = new { fd = 0 }, stderr = new { fifo = scene["err"] } };

        int pid = scene.Client.Call("run", new { id, bundle = scene.Payload("until-term"), stdio }, output.Writer).Number("pid");

        Assert.Equal(ProcFs.LinkOf(output.Writer.ProcPath), ProcFs.LinkOf($"/proc/{pid}/fd/1"));
        Assert.Equal((scene["in"], scene["err"]), (ProcFs.LinkOf($"/proc/{pid}/fd/0"), ProcFs.LinkOf($"/proc/{pid}/fd/2")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Fifo_AllThree_ReachTheirReaders(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        foreach (string name in (ReadOnlySpan<string>)["in", "out", "err"])
        {
            Fifo.Create(scene[name]).OrThrow("mkfifo");
        }

        using Fd output = Fifo.OpenReader(scene["out"]).OrThrow("open");
        using Fd errors = Fifo.OpenReader(scene["err"]).OrThrow("open");
        string id = scene.NewId();
        var stdio = new { stdin = new { fifo = scene["in"] }, stdout = new { fifo = scene["out"] }, stderr = new { fifo = scene["err"] } };

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print oh --stderr", "cat"), stdio });
        using (Fd input = Fifo.OpenWriter(scene["in"]).OrThrow("open"))
        {
            input.WriteAll("through a fifo\n"u8).OrThrow("write");
            Assert.Equal("through a fifo", Child.ReadLine(output));
        }

        Assert.Equal("oh", Child.ReadLine(errors));
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        Assert.Equal("", Child.ReadToEnd(output));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Fifo_ReaderGoes_TheContainerLives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        Fd reader = Fifo.OpenReader(scene["out"]).OrThrow("open");
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print one", "until-term 7"), stdio = new { stdout = new { fifo = scene["out"] } } });
        Assert.Equal("one", Child.ReadLine(reader));

        reader.Dispose();
        _ = scene.Client.Call("kill", new { id, signal = "HUP" });
        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        Assert.Equal(7, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Environment_OfTheContainer_IsTheBundlesOwn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("env"), stdio = new { stdout = new { file = scene["out"] } } });
        _ = scene.WaitFor(id);

        string[] variables = File.ReadAllLines(scene["out"]);
        Assert.Contains("WORD=passed", variables);
        Assert.DoesNotContain(variables, variable => variable.StartsWith("DOTNET_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("file")]
    public void Path_ThatIsNotThere_IsRefused(string kind)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        var target = new Dictionary<string, string> { [kind] = scene["none/at-all"] };

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload(), stdio = new { stdout = target } });

        Assert.Equal(("INVALID_PARAMS", $"stdio.stdout.{kind}"), (error.Name, error.Data.Text("path")));
        Assert.Contains(scene["none"], error.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Fake.Calls);
    }

    [Fact]
    public void Fd_NotSent_IsRefusedAndTheConnectionLives()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload(), stdio = new { stdout = new { fd = 0 } } });

        Assert.Equal(("INVALID_PARAMS", "stdio.stdout.fd"), (error.Name, error.Data.Text("path")));
        Assert.Equal("shimd", scene.Client.Call("hello").Text("server"));
    }
}
