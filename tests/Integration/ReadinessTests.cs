using System.Net.Sockets;
using System.Text;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What the agent tells the init system that started it, and that nobody below it hears of that.</summary>
public sealed class ReadinessTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Serve_UnderAnInitSystem_TellsItAndNoContainer(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Assert.Equal(0, scene.Agent.Terminate().Code);
        string abstractName = $"shimd-{Guid.NewGuid()}";
        using Socket init = Bind($"\0{abstractName}");
        using Pipe ready = Pipe.Create().OrThrow("pipe2");

        using Child agent = Serve(scene, ready.Writer, ["--runtime", runtime, "--ready-fd", "3"], $"NOTIFY_SOCKET=@{abstractName}", "LISTEN_FDS=1", "LISTEN_PID=1");
        ready.Writer.Dispose();
        string told = Child.ReadToEnd(ready.Reader);
        ChildEnd run = scene.Shimd("run", "--rm", "--bundle", scene.Payload("env"), scene.NewId());

        Assert.Equal("\n", told);
        Assert.Equal("READY=1\n", ReceiveFrom(init));
        Assert.Equal((0, ""), (run.Status.Code, run.Errors));
        Assert.DoesNotContain(run.Output.Split('\n'), entry => entry.StartsWith("NOTIFY_", StringComparison.Ordinal) || entry.StartsWith("LISTEN_", StringComparison.Ordinal));
        Assert.Equal(0, init.Available);
        End(agent);
        scene.Agent.Start();
    }

    [Fact]
    public void Serve_NotifySocketAsAPath_IsTold()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Assert.Equal(0, scene.Agent.Terminate().Code);
        using Socket init = Bind(scene["notify"]);
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");

        using Child agent = Serve(scene, nothing, [], $"NOTIFY_SOCKET={scene["notify"]}");

        Assert.Equal("READY=1\n", ReceiveFrom(init));
        End(agent);
        scene.Agent.Start();
    }

    [Fact]
    public void Serve_NobodyListensForReadiness_ServesAndLogsIt()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Assert.Equal(0, scene.Agent.Terminate().Code);
        using Pipe ready = Pipe.Create().OrThrow("pipe2");
        ready.Reader.Dispose();

        using Child agent = Serve(scene, ready.Writer, ["--ready-fd", "3"], $"NOTIFY_SOCKET={scene["nobody"]}");
        Poll.Until(() => scene.Shimd("ps").Status.Code == 0, "the agent serves");

        Poll.Until(() => Log(scene).Contains($"{scene["nobody"]} could not be told that the agent is ready: ENOENT", StringComparison.Ordinal), "it is logged");
        Assert.Contains("--ready-fd could not be told that the agent is ready: EPIPE", Log(scene), StringComparison.Ordinal);
        End(agent);
        scene.Agent.Start();
    }

    [Theory]
    [InlineData("2")]
    [InlineData("3")] // what the test passes there is no pipe
    [InlineData("99999")]
    public void Serve_ReadyDescriptorThatIsNone_IsRefused(string number)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Assert.Equal(0, scene.Agent.Terminate().Code);
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");

        using Child agent = Serve(scene, nothing, ["--ready-fd", number]);

        Assert.Equal(1, agent.WaitForEnd().Code);
        Assert.Contains($"--ready-fd {number}: this must be a pipe or a socket", Log(scene), StringComparison.Ordinal);
        scene.Agent.Start();
    }

    private static string Log(Scene scene) => File.ReadAllText(scene["init.log"]);

    private static Child Serve(Scene scene, Fd three, IReadOnlyList<string> options, params IReadOnlyList<string> environment)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd log = NativeFile.OpenAppend(scene["init.log"]).OrThrow("open the log");
        return Child.Start(new SpawnRequest
        {
            Path = Machine.Binary,
            Arguments = ["shimd", "serve", "--root", scene.Agent.Root, .. options],
            Environment = [.. Agent.CleanEnvironment, .. environment],
            Descriptors = [nothing, nothing, log, three],
        });
    }

    private static void End(Child agent)
    {
        agent.PidFd.Send(Signal.SIGTERM).OrThrow("terminate the agent");
        Assert.Equal(0, agent.WaitForEnd().Code);
    }

    private static Socket Bind(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        socket.Bind(new UnixDomainSocketEndPoint(name));
        return socket;
    }

    private static string ReceiveFrom(Socket socket)
    {
        byte[] buffer = new byte[100];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
