using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The methods that change nothing, and the connection's own.</summary>
public sealed class QueryTests : SceneTests
{
    [Fact]
    public void Hello_TellsWhoAnswers()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        JsonElement hello = scene.Client.Call("hello");

        Assert.Equal("shimd", hello.Text("server"));
        Assert.Equal(1, hello.GetProperty("protocol").Number("major"));
        Assert.NotEmpty(hello.Text("epoch"));
        Assert.Equal(("read-write", Machine.IsRoot ? 0 : -1), (hello.GetProperty("peer").Text("access"), Machine.IsRoot ? hello.GetProperty("peer").Number("uid") : -1));
        string[] features = [.. hello.GetProperty("features").EnumerateArray().Select(feature => feature.GetString()!)];
        string[] expected =
        [
            "hello", "create", "start", "run", "wait", "kill", "stop", "delete", "state", "list", "processes", "subscribe", "unsubscribe", "bye",
        ];
        Assert.Empty(expected.Except(features));
    }

    [Fact]
    public void Hello_RuntimesOfThisMachine_AreFound()
    {
        Machine.RequireContainers("runc");
        Scene scene = Enter(Scene.WithFakeRuntime());

        JsonElement runtimes = scene.Client.Call("hello").GetProperty("runtimes");

        JsonElement runc = runtimes.EnumerateArray().Single(runtime => runtime.Text("name") == "runc");
        Assert.Equal(Machine.PathOf("runc"), runc.Text("path"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void List_Filters_AndPages(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => scene.NewId()).Order(StringComparer.Ordinal)];
        string bundle = scene.Payload("until-term");
        foreach (string id in ids)
        {
            _ = scene.Client.Call("create", new { id, bundle, labels = new Dictionary<string, string> { ["n"] = id, ["all"] = "" } });
        }

        _ = scene.Client.Call("start", new { id = ids[1] });

        Assert.Equal(ids, Ids(scene.Client.Call("list")));
        Assert.Equal(ids, Ids(scene.Client.Call("list", new { label = "all" })));
        Assert.Equal([ids[2]], Ids(scene.Client.Call("list", new { label = $"n={ids[2]}" })));
        Assert.Equal([ids[1]], Ids(scene.Client.Call("list", new { status = "running" })));
        JsonElement first = scene.Client.Call("list", new { limit = 2 });
        Assert.Equal(ids[..2], Ids(first));
        Assert.Equal(ids[2..], Ids(scene.Client.Call("list", new { after = first.Text("next") })));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Processes_OfARunningContainer_AreItsInit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        JsonElement process = scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray().Single();
        JsonElement state = scene.Client.Call("state", new { id, process = "init" });

        Assert.Equal(process.ToString(), state.ToString());
        Assert.Equal((id, "init", "running"), (process.Text("id"), process.Text("process"), process.Text("status")));
        Assert.Equal(scene.PidOf(id), process.Number("pid"));
        Assert.Equal("/shimd", process.GetProperty("args")[0].GetString());
        Assert.False(process.GetProperty("terminal").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Wait_TimeLimit_TimeoutTellsTheStatus(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        AgentReplyError now = scene.Client.Refused("wait", new { id, timeoutMs = 0 });
        AgentReplyError later = scene.Client.Refused("wait", new { id, timeoutMs = 20 });

        Assert.Equal(("TIMEOUT", "running"), (now.Name, now.Data.Text("status")));
        Assert.Equal("TIMEOUT", later.Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Wait_SeveralClients_AllAreAnswered(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term 6");
        Client[] clients = [scene.Connect(), scene.Connect()];
        long[] waits = [.. clients.Select(client => client.Send("wait", new { id }))];
        Assert.All(clients, client => client.Call("hello"));
        Assert.All(clients.Zip(waits), pair => Assert.False(pair.First.IsAnswered(pair.Second)));

        _ = scene.Client.Call("kill", new { id, signal = "TERM" });

        Assert.All(clients.Zip(waits), pair => Assert.Equal(6, pair.First.Result(pair.Second).Number("code")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Subscribe_WholeLife_EventsComeInOrder(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Client listener = scene.Connect();
        JsonElement subscription = listener.Call("subscribe");
        string id = scene.Create("exit 8");
        _ = scene.Client.Call("start", new { id });
        _ = scene.WaitFor(id);
        _ = scene.Client.Call("delete", new { id });

        JsonElement[] events = [.. Enumerable.Range(0, 4).Select(_ => listener.NextEvent())];

        Assert.Equal(["create", "start", "exit", "delete"], events.Select(e => e.Text("type")));
        Assert.All(events, e => Assert.Equal((id, subscription.Number("subscription")), (e.Text("id"), e.Number("subscription"))));
        long seq = subscription.GetProperty("seq").GetInt64();
        Assert.Equal([seq + 1, seq + 2, seq + 3, seq + 4], events.Select(e => e.GetProperty("seq").GetInt64()));
        Assert.Equal("init", events[2].Text("process"));
        Assert.Equal((8, "waited"), (events[2].GetProperty("exit").Number("code"), events[2].GetProperty("exit").Text("source")));
    }

    [Fact]
    public void Subscribe_Snapshot_ThenWhatChanges()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        Client listener = scene.Connect();

        _ = listener.Call("subscribe", new { snapshot = true, ids = new[] { id }, types = new[] { "start" } });
        _ = scene.Client.Call("start", new { id });

        JsonElement[] events = [listener.NextEvent(), listener.NextEvent(), listener.NextEvent()];
        Assert.Equal(["state", "synced", "start"], events.Select(e => e.Text("type")));
        Assert.Equal("created", events[0].GetProperty("container").Text("status"));
        Assert.Equal(events[1].GetProperty("seq").GetInt64() + 1, events[2].GetProperty("seq").GetInt64());
    }

    [Fact]
    public void Unsubscribe_Live_NoEventComesAnyMore()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Client listener = scene.Connect();
        int subscription = listener.Call("subscribe").Number("subscription");
        int kept = listener.Call("subscribe", new { types = new[] { "start" } }).Number("subscription");

        _ = listener.Call("unsubscribe", new { subscription });
        string id = scene.Create();
        _ = scene.Client.Call("start", new { id });

        JsonElement next = listener.NextEvent();
        Assert.Equal(("start", kept), (next.Text("type"), next.Number("subscription")));
        Assert.Equal("NOT_FOUND", listener.Refused("unsubscribe", new { subscription }).Name);
    }

    [Fact]
    public void Bye_WaitUnderWay_IsAnsweredFirst()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        Client client = scene.Connect();
        long wait = client.Send("wait", new { id });
        long bye = client.Send("bye");
        Assert.False(client.IsAnswered(bye, withinMs: 20));

        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        Assert.Equal("SIGKILL", client.Result(wait).Text("signal"));
        Assert.Equal("{}", client.Result(bye).ToString());
        client.WaitForClose();
    }

    [Fact]
    public void Cancel_Wait_IsAnsweredOnce()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        long wait = scene.Client.Send("wait", new { id });

        scene.Client.SendRaw($$$"""{"method":"$/cancelRequest","params":{"id":{{{wait}}}}}""" + "\n");

        Assert.Equal("CANCELLED", scene.Client.Error(wait).Name);
        Assert.Equal("running", scene.StatusOf(id));
    }

    private static IEnumerable<string> Ids(JsonElement list) => list.GetProperty("containers").EnumerateArray().Select(container => container.Text("id"));
}
