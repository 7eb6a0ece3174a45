using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Too many, too slow, not allowed, too late.</summary>
public sealed class LimitTests : ConformanceTests
{
    private const int MaxConnections = 64;

    [Fact]
    public void Connection_TheSixtyFifth_IsToldAndEnds()
    {
        // The bystander's is one of them.
        _ = Scene;
        Wire[] wires = [.. Enumerable.Range(1, MaxConnections - 1).Select(Connected)];
        for (int turn = 0; turn < 3; turn++)
        {
            using var refused = Wire.Connect(Scene.Agent.Socket);
            Assert.Equal("null: LIMIT", refused.Answer());
            Assert.Equal("end", refused.Answer());
        }

        // One that has sent before it was refused, and asks with words that the client understands.
        ChildEnd end = Scene.Shimd("ps");
        Assert.Contains("64 connections are open", end.Errors, StringComparison.Ordinal);

        wires[5].Dispose();
        Poll.Until(CanConnect, "there is room for another");
    }

    [Fact]
    public void Connections_Refused_AreNotALineEachInTheLog()
    {
        _ = Scene;
        _ = Enumerable.Range(1, MaxConnections - 1).Select(Connected).ToArray();
        for (int turn = 0; turn < 500; turn++)
        {
            using var refused = Wire.Connect(Scene.Agent.Socket);
            Assert.Equal("null: LIMIT", refused.Answer());
        }

        int lines = Scene.Agent.Log.Split('\n').Count(line => line.Contains("a connection was refused", StringComparison.Ordinal));
        Assert.InRange(lines, 1, 100);
    }

    [Fact]
    public void Accept_NoDescriptorLeft_NeitherSpinsNorKills()
    {
        string prlimit = Machine.RequireProgram("prlimit");
        int pid = Scene.Agent.Pid;
        AskBystander();
        Limit(prlimit, pid, ProcFs.DescriptorsOf(pid).Count);
        for (int turn = 0; turn < 5; turn++)
        {
            using var refused = Wire.Connect(Scene.Agent.Socket);
            Assert.Equal("null: LIMIT", refused.Answer());
            Assert.Equal("end", refused.Answer());
        }

        AskBystander();
        long before = ProcFs.CpuTicksOf(pid);
        Assert.False(Poll.Holds(() => ProcFs.CpuTicksOf(pid) - before > 50, withinMs: 1_000), "the agent spins");

        Limit(prlimit, pid, 1024);
        Poll.Until(CanConnect, "the agent accepts again");
    }

    [Fact]
    public void ReadOnlySocket_MutatingCalls_AreRefused()
    {
        using var directory = new TempDirectory();
        string path = directory["ro.sock"];
        Begin("--read-only-socket", path);
        string id = Scene.Create();
        Wire wire = Connect(path);
        string[] mutating =
        [
            .. Scene.Client.Call("rpc.discover").GetProperty("methods").EnumerateArray()
                .Where(method => method.GetProperty("x-mutates").GetBoolean()).Select(method => method.Text("name")),
        ];
        Assert.InRange(mutating.Length, 13, 30);
        foreach (string method in mutating)
        {
            // Before the params are looked at.
            wire.SendLines(Request(1, method, new { id, nonsense = 1 }));
            Assert.Equal("1: PERMISSION_DENIED", wire.Answer());
        }

        wire.SendLines(
            Hello(1), """{"id":2,"method":"list"}""", Request(3, "state", new { id }), Request(4, "wait", new { id, timeoutMs = 0 }),
            """{"id":5,"method":"subscribe"}""", """{"id":6,"method":"unsubscribe","params":{"subscription":1}}""", Request(7, "explain", new { id }));
        JsonElement hello = wire.Next().GetProperty("result");
        Assert.Equal("read-only", hello.GetProperty("peer").Text("access"));
        Assert.Equal(["2: ok", "3: ok", "4: TIMEOUT", "5: ok", "6: ok", "7: ok"], wire.Answers(6).Order());
        Assert.Equal("created", Scene.StatusOf(id));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Socket_AtTheInstantOfBind_IsTheOwnersAlone()
    {
        string strace = Machine.RequireProgram("strace");
        using var directory = new TempDirectory();
        string socket = directory["s.sock"];
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Child serve = Child.Start(new SpawnRequest
        {
            // bind(2) has been done, and returns a second later: nobody can have changed the mode meanwhile.
            Path = strace,
            Arguments = [strace, "-f", "-o", directory["trace"], "-e", "trace=bind,listen", "-e", "inject=bind:delay_exit=1000000", Machine.Binary, "serve", "--root", directory["root"], "--socket", socket],
            Environment = Agent.CleanEnvironment,
            Descriptors = [nothing, nothing, nothing],
        });
        Poll.Until(() => File.Exists(socket) || !ProcFs.IsAlive(serve.Pid), "the socket is bound");
        Assert.SkipUnless(File.Exists(socket), "strace cannot trace here");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        Assert.DoesNotContain("listen(", File.ReadAllText(directory["trace"]), StringComparison.Ordinal);
        foreach (int pid in ProcFs.ChildrenOf(serve.Pid))
        {
            _ = ProcessControl.Kill(pid, Signal.SIGTERM);
        }

        serve.WaitForEnd();
    }

    [Fact]
    public void Terminated_InTheMiddleOfARequest_AnswersItAndNothingNew()
    {
        Scene.Fake.Close("create");
        string id = Scene.NewId();
        string running = Scene.Run();
        Wire wire = Connect();
        Wire waiting = Connect();
        waiting.SendLines(Request(1, "wait", new { id = running }), """{"id":2,"method":"subscribe"}""");
        Assert.Equal("2: ok", waiting.Answer());
        wire.SendLines(Request(1, "create", new { id, bundle = Scene.Payload() }), Hello(2));
        wire.Send("""{"id":3,"method":"hello""");
        Scene.Fake.WaitForCall("create");

        Scene.Agent.SendTerm();
        Poll.Until(() => !File.Exists(Scene.Agent.Socket), "the agent takes its socket away");
        Assert.Equal(["1: SHUTTING_DOWN"], waiting.AnswersToTheEnd());
        Scene.Fake.Open("create");

        Assert.Equal(["1: ok", "2: SHUTTING_DOWN"], wire.AnswersToTheEnd());
        Assert.Equal(0, Scene.Agent.WaitForEnd().Code);
        Scene.Agent.Start();
        Assert.Equal(("created", "running"), (Scene.StatusOf(id), Scene.StatusOf(running)));
    }

    [Fact]
    public void Attackers_ThatDoNotRead_AreHeldUpAndClosed()
    {
        byte[] requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, 60_000).Select(id => Hello(id) + "\n")));
        Wire reader = Connect();
        Wire attacker = Connect();
        int sent = 0;
        foreach (Wire wire in (Wire[])[reader, attacker])
        {
            // Until the agent has stopped to read, and the socket is full.
            sent = 0;
            while (Poll.Holds(() => wire.TrySend(requests.AsSpan(sent)) is var more and > 0 && (sent += more) > 0, withinMs: 500))
            {
            }
        }

        Assert.InRange(sent, 10_000, requests.Length - 1);
        AskBystander();
        Assert.InRange(ProcFs.PrivateDirtyKilobytes(Scene.Agent.Pid), 0, 24 * 1024);

        // One reads after all, and is served on; the other is closed when it has not read for 30 s.
        Assert.Equal(Enumerable.Range(1, 500).Select(id => $"{id}: ok"), reader.Answers(500));
        Poll.Until(() => attacker.TrySend(requests.AsSpan(sent)) < 0, "the agent has closed the connection", timeoutMs: 60_000);
        Assert.Equal(Enumerable.Range(501, 500).Select(id => $"{id}: ok"), reader.Answers(500));
    }

    private Wire Connected(int number)
    {
        Wire wire = Connect();
        wire.SendLines(Hello(number));
        Assert.Equal($"{number}: ok", wire.Answer());
        return wire;
    }

    private bool CanConnect()
    {
        using var wire = Wire.Connect(Scene.Agent.Socket);
        return wire.Send(Hello(1) + "\n") && wire.Answer() == "1: ok";
    }
}
