using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Which requests are executed, how often, in what order, and that each is answered once.</summary>
public sealed class OrderTests : ConformanceTests
{
    [Fact]
    public void Id_InFlight_IsRefusedWithIdNull()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        wire.SendLines(Request(1, "wait", new { id }), Hello(1), """{"id":"1","method":"hello"}""");
        Assert.Equal(["null: INVALID_REQUEST", "\"1\": ok"], wire.Answers(2));

        Kill(id);
        Assert.Equal("1: ok", wire.Answer());
        wire.SendLines(Hello(1));
        Assert.Equal("1: ok", wire.Answer());
    }

    [Fact]
    public void Requests_InOneWrite_AreExecutedInOrder()
    {
        string id = Scene.NewId();
        Wire wire = Connect();
        Scene.Fake.Program = "exit 3";
        wire.SendLines(
            Request(1, "create", new { id, bundle = Scene.Payload() }), Request(2, "start", new { id }), Request(3, "wait", new { id }), Hello(4),
            Request(5, "delete", new { id, force = true }), Request(6, "state", new { id }));

        List<string> answers = [.. wire.Answers(6)];
        answers.Remove("3: ok");
        Assert.Equal(["1: ok", "2: ok", "4: ok", "5: ok", "6: NOT_FOUND"], answers);
    }

    [Fact]
    public void HalfClose_PendingWait_IsAnsweredFirst()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        wire.SendLines(Request(1, "wait", new { id }), Hello(2));
        wire.HalfClose();
        Assert.Equal("2: ok", wire.Answer());

        Kill(id);

        Assert.Equal("1: ok", wire.Answer());
        Assert.Equal("end", wire.Answer());
    }

    [Fact]
    public void HalfClose_Subscription_GoesOn()
    {
        Wire wire = Connect();
        wire.SendLines("""{"id":1,"method":"subscribe"}""");
        wire.HalfClose();
        Assert.Equal("1: ok", wire.Answer());

        string id = Scene.Create();
        _ = Scene.Client.Call("delete", new { id, force = true });

        Assert.Equal("event create", wire.Answer());
    }

    [Fact]
    public void FullClose_PendingWaits_AreForgotten()
    {
        string id = Scene.Run();
        for (int turn = 0; turn < 20; turn++)
        {
            using var wire = Wire.Connect(Scene.Agent.Socket);
            wire.SendLines([.. Enumerable.Range(1, 32).Select(n => Request(n, "wait", new { id })), Hello(33)]);
            Assert.Equal("33: ok", wire.Answer());
        }

        Assert.Equal("running", Scene.StatusOf(id));
    }

    [Fact]
    public void Reset_AfterACompleteCreate_IsExecutedOnce()
    {
        string[] ids = [.. Enumerable.Range(0, 5).Select(_ => Scene.NewId())];
        string bundle = Scene.Payload();
        foreach (string id in ids)
        {
            // What the agent says first is left unread, so that it sees a reset, and what comes after has no newline.
            using var wire = Wire.Connect(Scene.Agent.Socket);
            wire.SendLines(Hello(1), Request(2, "create", new { id, bundle }), Request(3, "wait", new { id }));
            wire.Send("""{"id":4,"meth""");
        }

        foreach (string id in ids)
        {
            Poll.Until(
                () => Scene.Client.Reply(Scene.Client.Send("state", new { id })).ToString().Contains("\"status\":\"created\"", StringComparison.Ordinal),
                $"{id} is created");
        }

        Assert.Equal(ids.Order(), Scene.Fake.Calls.Where(call => call.StartsWith("create ", StringComparison.Ordinal)).Select(call => call.Split(' ')[^1]).Order());
    }

    [Fact]
    public void Create_OfOneIdByFiftyClients_HappensOnce()
    {
        string id = Scene.NewId();
        string bundle = Scene.Payload();
        Wire[] wires = [.. Enumerable.Range(0, 50).Select(_ => Connect())];
        foreach (Wire wire in wires)
        {
            wire.SendLines(Request(1, "create", new { id, bundle }));
        }

        Assert.Equal(["1: ALREADY_EXISTS", "1: ok"], wires.Select(wire => wire.Answer()).Distinct().Order(StringComparer.Ordinal));
        Assert.Single(Scene.Fake.Calls, call => call.StartsWith("create ", StringComparison.Ordinal));
    }

    [Fact]
    public void Wait_AgainstExit_IsAnsweredAThousandTimes()
    {
        const int Rounds = 20;
        const int Before = 24;
        const int After = 26;
        Wire[] wires = [Connect(), Connect()];
        for (int round = 0; round < Rounds; round++)
        {
            string id = Scene.Run();
            wires[0].SendLines(Enumerable.Range(1, Before).Select(n => Request(n, "wait", new { id })));
            long kill = Scene.Client.Send("kill", new { id, signal = "KILL" });
            for (int n = 1; n <= After; n++)
            {
                wires[1].SendLines(Request(n, "wait", new { id }));
            }

            _ = Scene.Client.Result(kill);
            string[] exits = [.. Enumerable.Range(0, Before).Select(_ => Exit(wires[0])), .. Enumerable.Range(0, After).Select(_ => Exit(wires[1]))];
            Assert.StartsWith("{\"code\":137,\"signal\":\"SIGKILL\"", Assert.Single(exits.Distinct()), StringComparison.Ordinal);
            _ = Scene.Client.Call("delete", new { id });
        }
    }

    [Fact]
    public void Wait_AgainstDeleteAndRecreate_KeepsToItsInstance()
    {
        string bundle = Scene.Payload();
        for (int round = 0; round < 10; round++)
        {
            string id = Scene.Run();
            string instance = Scene.Client.Call("state", new { id }).Text("instance");
            Wire wire = Connect();
            wire.SendLines(Request(1, "wait", new { id }), Request(2, "wait", new { id, instance }), Hello(3));
            Assert.Equal("3: ok", wire.Answer());

            Wire other = Connect();
            other.SendLines(Request(1, "delete", new { id, force = true }), Request(2, "create", new { id, bundle }));
            Assert.Equal(["1: ok", "2: ok"], other.Answers(2));

            Assert.Contains("SIGKILL", Exit(wire), StringComparison.Ordinal);
            Assert.Contains("SIGKILL", Exit(wire), StringComparison.Ordinal);
            wire.SendLines(Request(4, "wait", new { id, instance }), Request(5, "wait", new { id, timeoutMs = 0 }));
            Assert.Equal(["4: CONFLICT", "5: TIMEOUT"], wire.Answers(2));
            _ = Scene.Client.Call("delete", new { id, force = true });
        }
    }

    [Fact]
    public void Cancel_AgainstCompletion_OneAnswerEach()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        for (int n = 1; n <= 1000; n++)
        {
            string cancel = $$$"""{"method":"$/cancelRequest","params":{"id":{{{n}}}}}""";
            wire.SendLines(Request(n, "wait", new { id, timeoutMs = n % 4 == 3 ? 60_000 : n % 4 }));
            bool late = n % 8 == 0;
            string answer = late ? wire.Answer() : "";
            wire.SendLines(cancel);
            answer = late ? answer : wire.Answer();
            string[] possible = late ? ["TIMEOUT"] : n % 4 == 3 ? ["CANCELLED"] : ["TIMEOUT", "CANCELLED"];
            Assert.Contains(answer, possible.Select(end => $"{n}: {end}"));
        }

        wire.SendLines(Hello(0));
        Assert.Equal("0: ok", wire.Answer());
    }

    [Fact]
    public void Cancel_AsRequest_IsAnsweredAheadOfTheQueue()
    {
        Scene.Fake.Close("create");
        string id = Scene.NewId();
        Wire wire = Connect();
        wire.SendLines(
            Request(1, "create", new { id, bundle = Scene.Payload() }), Hello(2),
            """{"id":3,"method":"$/cancelRequest","params":{"id":2}}""",
            """{"id":4,"method":"$/cancelRequest","params":{"id":99}}""",
            """{"method":"$/cancelRequest","params":{"id":99}}""",
            """{"method":"$/cancelRequest","params":{}}""");
        Assert.Equal(["2: CANCELLED", "3: ok", "4: ok"], wire.Answers(3));

        Scene.Fake.Open("create");

        Assert.Equal(["1: ok", "null: INVALID_PARAMS"], wire.Answers(2));
    }

    [Fact]
    public void LongCalls_OfEachKind_LetTheNextBegin()
    {
        var runtime = new MoreVerbs(Scene) { ExecProgram = "exec sleep 1000" };
        string id = Scene.NewId();
        Scene.Fake.Program = "trap '' TERM; echo said; exec sleep 1000";
        _ = Scene.Client.Call("run", new { id, bundle = Scene.Payload(), runtime = runtime.Path, log = new { } });
        Wire wire = Connect();
        wire.SendLines(
            Request(1, "wait", new { id }), Request(2, "exec", new { id, process = "other", args = new[] { "/x" }, wait = true }),
            Request(3, "logs", new { id, follow = true }), Request(4, "stop", new { id, timeoutMs = 60_000 }), Hello(5));
        List<string> first = [wire.Answer(), wire.Answer()];
        Assert.Equal(["5: ok", "event log"], first.Order());

        // Each can be cancelled, and the container lives on.
        wire.SendLines(Enumerable.Range(1, 4).Select(n => $$$"""{"method":"$/cancelRequest","params":{"id":{{{n}}}}}"""));
        Assert.Equal(Enumerable.Range(1, 4).Select(n => $"{n}: CANCELLED"), wire.Answers(4).Order());
        Assert.Equal("running", Scene.StatusOf(id));
        Poll.Until(() => Scene.Client.Call("state", new { id, process = "other" }).GetProperty("pid").ValueKind == JsonValueKind.Number, "the exec has come to run");
        wire.SendLines(Request(6, "delete", new { id, process = "other", force = true }), Request(7, "wait", new { id }));
        Assert.Equal("6: ok", wire.Answer());
        Kill(id);
        Assert.Equal("7: ok", wire.Answer());
    }

    [Fact]
    public void LongCalls_BeyondThirtyTwo_AreRefused()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        wire.SendLines(Enumerable.Range(1, 33).Select(n => Request(n, "wait", new { id })));
        Assert.Equal("33: LIMIT", wire.Answer());

        Kill(id);

        Assert.Equal(Enumerable.Range(1, 32).Select(n => $"{n}: ok").Order(), wire.Answers(32).Order());
    }

    [Fact]
    public void Bye_AfterEverything_IsTheLastAnswer()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        wire.SendLines(Request(1, "wait", new { id }), Hello(2), """{"id":3,"method":"bye"}""", Hello(4));
        Assert.Equal("2: ok", wire.Answer());

        Kill(id);

        Assert.Equal(["1: ok", "3: ok"], wire.AnswersToTheEnd());
    }

    private static string Exit(Wire wire) => wire.Next().GetProperty("result").GetRawText();

    private void Kill(string id) => _ = Scene.Client.Call("kill", new { id, signal = "KILL" });
}
