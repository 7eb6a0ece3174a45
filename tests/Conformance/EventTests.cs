using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Subscriptions: no gap, no duplicate, the reply first; and what becomes of who does not read.</summary>
public sealed class EventTests : ConformanceTests
{
    [Fact]
    public void Subscribe_InAnEventStorm_MissesNothing()
    {
        var storm = new Storm(this);
        var subscribers = new List<(Wire Wire, long First)>();
        for (int turn = 0; turn < 30; turn++)
        {
            storm.Blow(2);
            Wire wire = Connect();
            wire.SendLines("""{"id":1,"method":"subscribe"}""");
            JsonElement reply = wire.Next();
            Assert.Equal("1: ok", Wire.Short(reply));
            subscribers.Add((wire, reply.GetProperty("result").GetProperty("seq").GetInt64() + 1));
        }

        long last = storm.End();
        foreach ((Wire wire, long first) in subscribers)
        {
            for (long seq = first; seq <= last; seq++)
            {
                Assert.Equal(seq, wire.Next().GetProperty("params").GetProperty("seq").GetInt64());
            }

            wire.SendLines("""{"id":2,"method":"unsubscribe","params":{"subscription":1}}""");
            Assert.Equal("2: ok", wire.Answer());
        }
    }

    [Fact]
    public void Subscribe_Snapshot_EqualsReplay()
    {
        string kept = Scene.Run();
        string created = Scene.Create();
        string ended = Scene.Run();
        string gone = Scene.Run();
        _ = Scene.Client.Call("kill", new { id = ended, signal = "KILL" });
        _ = Scene.WaitFor(ended);
        _ = Scene.Client.Call("delete", new { id = gone, force = true });
        string epoch = Scene.Client.Call("hello").Text("epoch");

        Wire replay = Connect();
        Wire snapshot = Connect();
        replay.SendLines(Request(1, "subscribe", new { since = new { epoch, seq = 0 } }));
        snapshot.SendLines("""{"id":1,"method":"subscribe","params":{"snapshot":true}}""");
        Assert.Equal("1: ok", replay.Answer());
        Assert.Equal("1: ok", snapshot.Answer());
        var shown = new SortedDictionary<string, string>(StringComparer.Ordinal);
        JsonElement next = Event(snapshot);
        for (; next.Text("type") == "state"; next = Event(snapshot))
        {
            shown.Add(next.Text("id"), next.GetProperty("container").Text("status"));
        }

        Assert.Equal(("synced", epoch), (next.Text("type"), next.Text("epoch")));
        long synced = next.GetProperty("seq").GetInt64();
        var replayed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (long seq = 1; seq <= synced; seq++)
        {
            next = Event(replay);
            Assert.Equal(seq, next.GetProperty("seq").GetInt64());
            Apply(replayed, next);
        }

        Assert.Equal(new SortedDictionary<string, string> { [kept] = "running", [created] = "created", [ended] = "stopped" }, shown);
        Assert.Equal(shown, replayed);

        // And both go on with the same.
        _ = Scene.Client.Call("start", new { id = created });
        JsonNode after = Without(Event(snapshot));
        Assert.Equal(synced + 1, after["seq"]!.GetValue<long>());
        Assert.Equal(after.ToJsonString(), Without(Event(replay)).ToJsonString());
    }

    [Fact]
    public void Since_NotKept_HistoryGoneTellsWhatIs()
    {
        string id = Scene.Create();
        _ = Scene.Client.Call("delete", new { id, force = true });
        string epoch = Scene.Client.Call("hello").Text("epoch");
        string journal = Path.Combine(Scene.Agent.Root, "events.log");
        Assert.Equal(0, Scene.Agent.Terminate().Code);

        // As a rotation would leave it that has dropped the first two events.
        string[] lines = File.ReadAllLines(journal);
        JsonNode head = JsonNode.Parse(lines[0])!;
        head["last"] = 2;
        File.WriteAllLines(journal, [head.ToJsonString(), .. lines[3..]]);
        Scene.Agent.Start();
        Wire wire = Connect();
        long newest = Newest();

        foreach ((string since, long seq) in (IEnumerable<(string, long)>)[(epoch, 0), (epoch, 1), (epoch, newest + 1), (epoch, 9007199254740991), ("another", 0), ("another", newest)])
        {
            wire.SendLines(Request(2, "subscribe", new { since = new { epoch = since, seq } }));
            JsonElement data = wire.Next().GetProperty("error").GetProperty("data");
            Assert.Equal(("HISTORY_GONE", 3, newest, epoch), (data.Text("name"), data.Number("oldest"), data.GetProperty("newest").GetInt64(), data.Text("epoch")));
        }

        wire.SendLines(Request(3, "subscribe", new { since = new { epoch, seq = 2 } }));
        Assert.Equal("3: ok", wire.Answer());
        Assert.Equal(3, Event(wire).Number("seq"));
    }

    [Fact]
    public void Bye_AfterALongReplay_CutsNothing()
    {
        var storm = new Storm(this);
        storm.Blow(300);
        long last = storm.End();
        string epoch = Scene.Client.Call("hello").Text("epoch");
        Wire wire = Connect();
        wire.SendLines(
            [
                .. Enumerable.Range(1, 16).Select(id => Request(id, "subscribe", new { since = new { epoch, seq = 0 } })),
                """{"id":17,"method":"bye"}""",
            ]);

        List<string> answers = wire.AnswersToTheEnd();

        Assert.Equal("17: ok", answers[^1]);
        Assert.Equal(16 * last, answers.Count(answer => answer.StartsWith("event ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Subscriber_ThatNeverReads_EndsWithAGapAndCanGoOn()
    {
        var storm = new Storm(this);
        Wire slow = Connect();
        slow.SendLines(Enumerable.Range(1, 16).Select(id => Request(id, "subscribe", new { })));
        Wire quick = Connect();
        quick.SendLines("""{"id":1,"method":"subscribe"}""");
        JsonElement reply = quick.Next().GetProperty("result");
        (string epoch, long first) = (reply.Text("epoch"), reply.GetProperty("seq").GetInt64() + 1);
        var read = new List<long>();
        for (int turn = 0; turn < 12; turn++)
        {
            storm.Blow(100);
            AskBystander();
            for (long newest = Newest(); first + read.Count <= newest;)
            {
                read.Add(Event(quick).GetProperty("seq").GetInt64());
            }
        }

        long last = storm.End();

        // Each of the sixteen has all events up to where its gap says that it ends, and nothing after it.
        Assert.Equal(Enumerable.Range(1, 16).Select(id => $"{id}: ok"), slow.Answers(16));
        var seen = new Dictionary<int, long>();
        var ended = new Dictionary<int, long>();
        while (ended.Count < 16)
        {
            JsonElement next = Event(slow);
            int number = next.Number("subscription");
            Assert.DoesNotContain(number, ended.Keys);
            if (next.Text("type") == "gap")
            {
                Assert.Equal(("slow", epoch), (next.Text("reason"), next.Text("epoch")));
                ended[number] = next.GetProperty("last").GetInt64();
                Assert.True(seen.GetValueOrDefault(number, first - 1) == ended[number], $"{next} after {seen.GetValueOrDefault(number)}");
            }
            else
            {
                long seq = next.GetProperty("seq").GetInt64();
                Assert.Equal(seen.GetValueOrDefault(number, first - 1) + 1, seq);
                seen[number] = seq;
            }
        }

        // It goes on where it was, and who did read has lost nothing meanwhile.
        slow.SendLines(Request(17, "subscribe", new { since = new { epoch, seq = ended[1] } }));
        Assert.Equal("17: ok", slow.Answer());
        for (long seq = ended[1] + 1; seq <= last; seq++)
        {
            Assert.Equal(seq, Event(slow).GetProperty("seq").GetInt64());
        }

        for (long seq = first + read.Count; seq <= last; seq++)
        {
            read.Add(Event(quick).GetProperty("seq").GetInt64());
        }

        Assert.Equal(Enumerable.Range(0, (int)(last - first) + 1).Select(n => first + n), read);
    }

    [Fact]
    public void Subscriptions_BeyondSixteen_AreRefused()
    {
        Wire wire = Connect();
        wire.SendLines(Enumerable.Range(1, 17).Select(id => Request(id, "subscribe", new { })));

        Assert.Equal([.. Enumerable.Range(1, 16).Select(id => $"{id}: ok"), "17: LIMIT"], wire.Answers(17));
    }

    private static JsonElement Event(Wire wire) => wire.Next().GetProperty("params");

    private static void Apply(SortedDictionary<string, string> states, JsonElement message)
    {
        switch (message.Text("type"))
        {
            case "create":
                states[message.Text("id")] = "created";
                break;
            case "start":
                states[message.Text("id")] = "running";
                break;
            case "exit":
                states[message.Text("id")] = "stopped";
                break;
            case "delete":
                _ = states.Remove(message.Text("id"));
                break;
        }
    }

    private static JsonNode Without(JsonElement message)
    {
        JsonNode node = JsonNode.Parse(message.GetRawText())!;
        _ = node.AsObject().Remove("subscription");
        return node;
    }

    /// <summary>The number of the newest event, which the reply to subscribe tells.</summary>
    private long Newest()
    {
        using var wire = Wire.Connect(Scene.Agent.Socket);
        wire.SendLines(Request(1, "subscribe", new { types = new[] { "oom" } }));
        return wire.Next().GetProperty("result").GetProperty("seq").GetInt64();
    }

    /// <summary>A container that is paused and resumed, two events a turn, as fast as it goes.</summary>
    private sealed class Storm
    {
        private readonly EventTests _test;
        private readonly Wire _wire;
        private readonly string _id;
        private int _sent;
        private int _done;

        public Storm(EventTests test)
        {
            _test = test;
            _id = test.Scene.NewId();
            var runtime = new MoreVerbs(test.Scene);
            _ = test.Scene.Client.Call("run", new { id = _id, bundle = test.Scene.Payload(), runtime = runtime.Path });
            _wire = test.Connect();
        }

        /// <summary>So many events, some of which are still to come when it returns.</summary>
        public void Blow(int events)
        {
            for (int n = 0; n < events; n++)
            {
                _wire.SendLines(Request(++_sent, _sent % 2 == 1 ? "pause" : "resume", new { id = _id }));
                if (_sent - _done > 8)
                {
                    TakeAnswer();
                }
            }
        }

        /// <summary>All is calm, and the last event's number.</summary>
        public long End()
        {
            while (_done < _sent)
            {
                TakeAnswer();
            }

            return _test.Newest();
        }

        private void TakeAnswer() => Assert.Equal($"{++_done}: ok", _wire.Answer());
    }
}
