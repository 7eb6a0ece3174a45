using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What an agent is made of, which runtime it takes, and how it goes.</summary>
public sealed class AgentTests : SceneTests
{
    private const int MaxThreads = 4;

    [Fact]
    public void Agent_Signals_SIGCHLDHasNoHandler()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        _ = scene.Run();

        Assert.Equal(0ul, ProcFs.CaughtSignals(scene.Agent.Pid) & (1ul << (Signal.SIGCHLD - 1)));
    }

    [Fact]
    public void Agent_Threads_AreFew()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        _ = scene.Client.Call("stop", new { id, timeoutMs = 1000 });

        Assert.InRange(ProcFs.ThreadsOf(scene.Agent.Pid), 1, MaxThreads);
    }

    [Theory]
    [InlineData(Signal.SIGTERM)]
    [InlineData(Signal.SIGINT)]
    public void Agent_Terminated_ClosesAndLeavesTheContainers(int signal)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        int pid = scene.PidOf(id);
        Client client = scene.Connect();
        long wait = client.Send("wait", new { id });
        _ = client.Call("hello");

        ProcessControl.Kill(scene.Agent.Pid, signal).OrThrow("kill");

        Assert.Equal("SHUTTING_DOWN", client.Error(wait).Name);
        client.WaitForClose();
        Assert.Equal(0, scene.Agent.WaitForEnd().Code);
        Assert.False(File.Exists(scene.Agent.Socket));
        Assert.True(ProcFs.IsAlive(pid));
        Assert.True(ProcFs.IsAlive(scene.ShimOf(id)));
        scene.Agent.Start();
        Assert.Equal(("running", pid), (scene.StatusOf(id), scene.PidOf(id)));
    }

    [Fact]
    public void Agent_TerminatedWithACreateUnderWay_AnswersIt()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        string id = scene.NewId();
        Client client = scene.Connect();
        long create = client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");

        scene.Agent.SendTerm();
        Poll.Until(() => !File.Exists(scene.Agent.Socket), "the agent takes its socket away");
        scene.Fake.Open("create");

        Assert.Equal("created", client.Result(create).Text("status"));
        Assert.Equal(0, scene.Agent.WaitForEnd().Code);
        scene.Agent.Start();
        Assert.Equal("created", scene.StatusOf(id));
    }

    [Fact]
    public void Agent_RuntimeOfADeletedName_CreateAnswersRuntimeMissing()
    {
        Scene scene = Enter(new Scene("--runtime", "no-such-runtime"));
        string id = scene.NewId();

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload() });

        Assert.Equal((1015, "RUNTIME_MISSING"), (error.Code, error.Name));
        Assert.Contains("no-such-runtime", error.Message, StringComparison.Ordinal);
        Assert.Contains("install", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Agent_RuntimeOfTheRequest_IsUsed(string runtime)
    {
        Machine.RequireContainers(runtime);
        Scene scene = Enter(new Scene());
        string id = scene.NewId();

        Assert.Equal(runtime, scene.Client.Call("run", new { id, runtime, bundle = scene.Payload("exit 0") }).Text("runtime"));
    }

    [Fact]
    public void Agent_NoRuntimeNamed_FindsOneByItself()
    {
        Machine.RequireContainers("crun");
        Scene scene = Enter(new Scene());
        string id = scene.NewId();

        Assert.Equal("crun", scene.Client.Call("run", new { id, bundle = scene.Payload("exit 0") }).Text("runtime"));
    }

    [Fact]
    public void Agent_NoRuntimeAnywhere_ServesAndSaysWhatToInstall()
    {
        Machine.RequireRoot();
        string unshare = Machine.RequireProgram("unshare");
        using var directory = new TempDirectory();
        string empty = directory.MakeDirectory("empty");
        string root = directory["root"];
        string script = $$"""
            for d in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
                for r in crun runc youki; do [ ! -e $d/$r ] || mount --bind /dev/null $d/$r; done
            done
            {{Machine.Binary}} serve --root {{root}} 2>{{directory["log"]}} &
            until grep -q ' serves ' {{directory["log"]}}; do kill -0 $! || exit; done
            {{Machine.Binary}} --root {{root}} --format json create --bundle {{empty}} web
            {{Machine.Binary}} --root {{root}} create --bundle {{BundleBuilder.Payload(directory["bundle"])}} web
            kill $!
            wait $!
            """;

        ChildEnd end = Child.Run(unshare, "-m", "sh", "-c", script);

        Assert.Contains("no OCI runtime found", File.ReadAllText(directory["log"]), StringComparison.Ordinal);
        Assert.Contains("BUNDLE_INVALID", end.Errors, StringComparison.Ordinal);
        Assert.Contains("install crun, runc or youki", end.Errors, StringComparison.Ordinal);
        Assert.Equal(0, end.Status.Code);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Container_LongestIdInALongRoot_Works(string runtime)
    {
        Machine.RequireContainers(runtime);
        using var directory = new TempDirectory();
        string root = directory.MakeDirectory(string.Join('/', Enumerable.Repeat(new string('d', 60), 3)));
        string socket = directory["s"];
        string bundle = BundleBuilder.Payload(directory["bundle"], "print ready", "until-term 5");
        string id = $"t{Environment.ProcessId}{runtime}-shimd-test".PadRight(128, 'x');
        using var agent = new Agent(root, directory["log"], "--socket", socket, "--runtime", runtime);
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using (var client = Client.Connect(socket))
        {
            Assert.Equal("running", client.Call("run", new { id, bundle, stdio = new { stdout = new { fd = 0 } } }, output.Writer).Text("status"));
            Assert.Equal("ready", Child.ReadLine(output.Reader));
        }

        agent.Restart();

        using (var client = Client.Connect(socket))
        {
            Assert.Equal("running", client.Call("state", new { id }).Text("status"));
            Assert.Equal(5, client.Call("stop", new { id }).GetProperty("exit").Number("code"));
            _ = client.Call("delete", new { id });
        }

        Assert.Equal(0, agent.Terminate().Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(root, "containers")));
    }
}
