using System.Text.Json;
using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Objects and events have the same members always: what is not known is null, and not missing.</summary>
public sealed partial class ShapeTests : ConformanceTests
{
    private static readonly string[] s_container = ["id", "instance", "bundle", "runtime", "status", "pid", "createdAt", "startedAt", "exit", "labels", "processes"];
    private static readonly string[] s_process = ["id", "process", "pid", "status", "terminal", "args", "startedAt", "exit"];
    private static readonly string[] s_exit = ["code", "signal", "coreDumped", "oomKilled", "at", "source"];
    private static readonly string[] s_event = ["subscription", "seq", "time", "type", "id", "instance"];

    [Fact]
    public void Objects_InEveryState_HaveTheirMembers()
    {
        string id = Scene.NewId();
        Dictionary<string, object> parameters = new() { ["id"] = id };
        string bundle = Scene.Payload();
        var runtime = new MoreVerbs(Scene);

        (string Method, string Status, string[] Nulls)[] life =
        [
            ("create", "created", ["startedAt", "exit"]), ("start", "running", ["exit"]), ("pause", "paused", ["exit"]), ("resume", "running", ["exit"]),
            ("stop", "stopped", ["pid"]), ("delete", "stopped", ["pid"]),
        ];
        JsonElement container = default;
        foreach ((string method, string status, string[] nulls) in life)
        {
            container = Scene.Client.Call(method, method == "create" ? new { id, bundle, runtime = runtime.Path } : parameters);
            Assert.Equal(s_container, Members(container));
            Assert.Equal(status, container.Text("status"));
            Assert.Equal(nulls, s_container.Where(member => container.IsNull(member)));
            AssertTimes(container);
            if (method != "delete")
            {
                JsonElement process = Scene.Client.Call("state", new { id, process = "init" });
                Assert.Equal(s_process, Members(process));
                Assert.Equal((status, nulls.Contains("pid")), (process.Text("status"), process.IsNull("pid")));
                AssertTimes(process);
                Assert.True(JsonElement.DeepEquals(container, Scene.Client.Call("state", new { id })));
                Assert.True(JsonElement.DeepEquals(container, Assert.Single(Scene.Client.Call("list").GetProperty("containers").EnumerateArray())));
            }
        }

        JsonElement exit = container.GetProperty("exit");
        Assert.Equal(s_exit, Members(exit));
        AssertTimes(exit);
        Assert.Equal((143, "SIGTERM", "waited"), (exit.Number("code"), exit.Text("signal"), exit.Text("source")));
    }

    [Fact]
    public void Events_OfALife_HaveTheirMembers()
    {
        var runtime = new MoreVerbs(Scene) { ExecProgram = "exit 3" };
        string id = Scene.NewId();
        Wire wire = Connect();
        wire.SendLines("""{"id":1,"method":"subscribe"}""");
        long seq = wire.Next().GetProperty("result").GetProperty("seq").GetInt64();

        _ = Scene.Client.Call("create", new { id, bundle = Scene.Payload(), runtime = runtime.Path });
        _ = Scene.Client.Call("start", new { id });
        _ = Scene.Client.Call("pause", new { id });
        _ = Scene.Client.Call("resume", new { id });
        _ = Scene.Client.Call("update", new { id, resources = new { } });
        _ = Scene.Client.Call("exec", new { id, process = "other", args = new[] { "/x" }, wait = true });
        _ = Scene.Client.Call("stop", new { id });
        JsonElement last = Scene.Client.Call("delete", new { id });

        (string Type, string[] More)[] expected =
        [
            ("create", ["pid"]), ("start", ["pid"]), ("paused", ["pid"]), ("resumed", ["pid"]), ("updated", []), ("exec-added", ["process"]),
            ("exec-started", ["process", "pid"]), ("exit", ["process", "pid", "exit"]), ("exit", ["process", "pid", "exit"]), ("delete", []),
        ];
        foreach ((string type, string[] more) in expected)
        {
            JsonElement next = wire.Next().GetProperty("params");
            Assert.Equal((type, ++seq), (next.Text("type"), next.GetProperty("seq").GetInt64()));
            Assert.Equal([.. s_event, .. more], Members(next));
            Assert.Equal((id, last.Text("instance")), (next.Text("id"), next.Text("instance")));
            AssertTimes(next);
            if (type == "exit")
            {
                Assert.Equal(s_exit, Members(next.GetProperty("exit")));
            }
        }
    }

    [Fact]
    public void Snapshot_HasStatesWithoutNumbersAndThenSynced()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        wire.SendLines("""{"id":1,"method":"subscribe","params":{"snapshot":true}}""");
        JsonElement reply = wire.Next().GetProperty("result");
        JsonElement state = wire.Next().GetProperty("params");
        JsonElement synced = wire.Next().GetProperty("params");

        Assert.Equal(["subscription", "epoch", "seq"], Members(reply));
        Assert.Equal(["subscription", "time", "type", "id", "instance", "container"], Members(state));
        Assert.True(JsonElement.DeepEquals(Scene.Client.Call("state", new { id }), state.GetProperty("container")));
        Assert.Equal(["subscription", "seq", "time", "type", "epoch"], Members(synced));
        Assert.Equal((reply.Text("epoch"), reply.Number("seq")), (synced.Text("epoch"), synced.Number("seq")));
    }

    [Fact]
    public void Subscription_Filtered_TellsOnlyWhatWasAskedFor()
    {
        Wire wire = Connect();
        string[] ids = [Scene.NewId(), Scene.NewId()];
        wire.SendLines(
            Request(1, "subscribe", new { ids = new[] { ids[0] } }), Request(2, "subscribe", new { types = new[] { "delete" } }),
            Request(3, "subscribe", new { ids = new[] { ids[1] }, types = new[] { "create", "exit" } }), Request(4, "subscribe", new { types = Array.Empty<string>() }));
        Assert.Equal(["1: ok", "2: ok", "3: ok", "4: ok"], wire.Answers(4));
        foreach (string id in ids)
        {
            _ = Scene.Client.Call("create", new { id, bundle = Scene.Payload() });
            _ = Scene.Client.Call("delete", new { id, force = true });
        }

        (int, string, string)[] told = [.. Enumerable.Range(0, 7).Select(_ => wire.Next().GetProperty("params")).Select(next => (next.Number("subscription"), next.Text("id"), next.Text("type")))];
        wire.SendLines(Hello(5));

        Assert.Equal("5: ok", wire.Answer());
        Assert.Equal(
            [
                (1, ids[0], "create"), (1, ids[0], "delete"), (1, ids[0], "exit"),
                (2, ids[0], "delete"), (2, ids[1], "delete"),
                (3, ids[1], "create"), (3, ids[1], "exit"),
            ],
            told.OrderBy(one => one.Item1).ThenBy(one => Array.IndexOf(ids, one.Item2)).ThenBy(one => one.Item3, StringComparer.Ordinal));
    }

    private static IEnumerable<string> Members(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    /// <summary>RFC 3339, UTC, milliseconds.</summary>
    private static void AssertTimes(JsonElement element) => Assert.All(
        element.EnumerateObject().Where(member => member.Name is "createdAt" or "startedAt" or "at" or "time" && member.Value.ValueKind != JsonValueKind.Null),
        member => Assert.Matches(Time(), member.Value.GetString()!));

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
    private static partial Regex Time();
}
