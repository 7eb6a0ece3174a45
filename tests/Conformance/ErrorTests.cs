using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Errors as they come over the socket: the number, the name, and the members that a client may rely on.</summary>
public sealed class ErrorTests : ConformanceTests
{
    /// <summary>Requests on a container that runs, whose id is <c>$id</c>, and what they answer: code, members of data, and their values where they are known.</summary>
    public static TheoryData<string, string, int, string> Refusals => new()
    {
        { "nothing", "{}", -32601, """{"name":"METHOD_NOT_FOUND"}""" },
        { "state", """{"id":"nobody"}""", 1001, """{"name":"NOT_FOUND"}""" },
        { "state", """{"id":"$id","process":"nobody"}""", 1001, """{"name":"NOT_FOUND"}""" },
        { "unsubscribe", """{"subscription":9}""", 1001, """{"name":"NOT_FOUND"}""" },
        { "create", """{"id":"$id","bundle":"$bundle"}""", 1002, """{"name":"ALREADY_EXISTS","instance":"$instance"}""" },
        { "delete", """{"id":"$id"}""", 1003, """{"name":"BAD_STATE","status":"running","action":"delete"}""" },
        { "start", """{"id":"$id"}""", 1003, """{"name":"BAD_STATE","status":"running","action":"start"}""" },
        { "resume", """{"id":"$id"}""", 1003, """{"name":"BAD_STATE","status":"running","action":"resume"}""" },
        { "state", """{"id":"$id","instance":"another"}""", 1004, """{"name":"CONFLICT","instance":"$instance"}""" },
        { "wait", """{"id":"$id","timeoutMs":0}""", 1006, """{"name":"TIMEOUT","status":"running","action":"wait"}""" },
        { "wait", """{"id":"$id","process":"init","timeoutMs":1}""", 1006, """{"name":"TIMEOUT","status":"running","action":"wait"}""" },
        { "create", """{"id":"new","bundle":"/nowhere"}""", 1011, """{"name":"BUNDLE_INVALID","path":"/nowhere"}""" },
        { "create", """{"id":"new","bundle":"$bundle","runtime":"nosuch"}""", 1015, """{"name":"RUNTIME_MISSING","errno":"ENOENT","runtime":{"name":"nosuch","args":[],"message":""}}""" },
        { "resize", """{"id":"$id","columns":80,"rows":24}""", 1016, """{"name":"NOT_SUPPORTED"}""" },
        { "attach", """{"id":"$id"}""", 1016, """{"name":"NOT_SUPPORTED"}""" },
        { "logs", """{"id":"$id"}""", 1016, """{"name":"NOT_SUPPORTED"}""" },
        { "reopenLogs", """{"id":"$id"}""", 1016, """{"name":"NOT_SUPPORTED"}""" },
        { "subscribe", """{"since":{"epoch":"another","seq":0}}""", 1017, """{"name":"HISTORY_GONE","oldest":1,"newest":3,"epoch":"$epoch"}""" },
    };

    public static TheoryData<string, string, string> WrongParams => new()
    {
        { "list", """{"limt":1}""", "limt" },
        { "list", """{"limit":0}""", "limit" },
        { "list", """{"limit":1001}""", "limit" },
        { "list", """{"limit":"1"}""", "limit" },
        { "list", """{"status":"dead"}""", "status" },
        { "list", """{"after":"../x"}""", "after" },
        { "list", """{"label":""}""", "label" },
        { "state", "{}", "id" },
        { "state", """{"id":null}""", "id" },
        { "state", """{"id":1}""", "id" },
        { "state", """{"id":"$id","process":"a/b"}""", "process" },
        { "wait", """{"id":"$id","timeoutMs":-1}""", "timeoutMs" },
        { "wait", """{"id":"$id","timeoutMs":1.5}""", "timeoutMs" },
        { "wait", """{"id":"$id","timeoutMs":86400001}""", "timeoutMs" },
        { "kill", """{"id":"$id"}""", "signal" },
        { "kill", """{"id":"$id","signal":"SIGNOTHING"}""", "signal" },
        { "kill", """{"id":"$id","signal":0}""", "signal" },
        { "kill", """{"id":"$id","signal":65}""", "signal" },
        { "kill", """{"id":"$id","signal":null}""", "signal" },
        { "create", """{"id":"new"}""", "bundle" },
        { "create", """{"id":"new","bundle":"relative"}""", "bundle" },
        { "create", """{"id":"-new","bundle":"$bundle"}""", "id" },
        { "create", """{"id":"new","bundle":"$bundle","labels":{"a":1}}""", "labels.a" },
        { "create", """{"id":"new","bundle":"$bundle","labels":{"a=":"1"}}""", "labels" },
        { "create", """{"id":"new","bundle":"$bundle","runtimeArgs":["a",1]}""", "runtimeArgs[1]" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdfoo":null}}""", "stdio.stdfoo" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdin":"log"}}""", "stdio.stdin" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{}}}""", "stdio.stdout" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"fifo":"/x","fd":0}}}""", "stdio.stdout" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"fifo":"/x","more":0}}}""", "stdio.stdout.more" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"pipe":"/x"}}}""", "stdio.stdout.pipe" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"fifo":"x"}}}""", "stdio.stdout.fifo" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"fd":0}}}""", "stdio.stdout.fd" },
        { "create", """{"id":"new","bundle":"$bundle","stdio":{"stdout":{"fd":8}}}""", "stdio.stdout.fd" },
        { "create", """{"id":"new","bundle":"$bundle","log":{"format":"xml"}}""", "log.format" },
        { "create", """{"id":"new","bundle":"$bundle","log":{"maxSize":4095}}""", "log.maxSize" },
        { "create", """{"id":"new","bundle":"$bundle","log":{"more":1}}""", "log.more" },
        { "exec", """{"id":"$id"}""", "args" },
        { "exec", """{"id":"$id","args":[]}""", "args" },
        { "exec", """{"id":"$id","args":["/x"],"process":"init"}""", "process" },
        { "exec", """{"id":"$id","args":["/x"],"env":["A=B","C"]}""", "env[1]" },
        { "exec", """{"id":"$id","args":["/x"],"user":"root"}""", "user" },
        { "exec", """{"id":"$id","args":["/x"],"captureOutput":true}""", "captureOutput" },
        { "update", """{"id":"$id"}""", "resources" },
        { "update", """{"id":"$id","resources":[]}""", "resources" },
        { "resize", """{"id":"$id","columns":65536,"rows":1}""", "columns" },
        { "resize", """{"id":"$id","columns":1}""", "rows" },
        { "write", """{"id":"$id","text":"a","base64":"YQ=="}""", "base64" },
        { "write", """{"id":"$id","base64":"!"}""", "base64" },
        { "logs", """{"id":"$id","streams":["stdin"]}""", "streams[0]" },
        { "logs", """{"id":"$id","from":"1","tail":1}""", "tail" },
        { "subscribe", """{"types":["exit","nothing"]}""", "types[1]" },
        { "subscribe", """{"ids":["a","/"]}""", "ids[1]" },
        { "subscribe", """{"since":{"epoch":"x"}}""", "since.seq" },
        { "subscribe", """{"since":{"epoch":"x","seq":-1}}""", "since.seq" },
        { "subscribe", """{"since":{"epoch":"x","seq":0,"more":1}}""", "since.more" },
        { "subscribe", """{"since":{"epoch":"x","seq":0},"snapshot":true}""", "since" },
        { "rpc.discover", """{"method":"nothing"}""", "method" },
        { "bye", """{"now":true}""", "now" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Request_Refused_HasItsCodeAndData(string method, string parameters, int code, string data)
    {
        (string id, JsonElement state) = Run();
        string Fill(string text) => Filled(text, id, state).Replace("$epoch", Scene.Client.Call("hello").Text("epoch"), StringComparison.Ordinal);

        JsonElement error = Refused(method, Fill(parameters));

        Assert.Equal(["code", "message", "data"], error.EnumerateObject().Select(member => member.Name));
        Assert.Equal(code, error.Number("code"));
        Assert.NotEmpty(error.Text("message"));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Fill(data)), error.GetProperty("data")), $"{error}");
    }

    [Theory]
    [MemberData(nameof(WrongParams))]
    public void Params_Wrong_TellThePath(string method, string parameters, string path)
    {
        (string id, JsonElement state) = Run();

        JsonElement error = Refused(method, Filled(parameters, id, state));

        Assert.Equal(-32602, error.Number("code"));
        Assert.Equal(("INVALID_PARAMS", path), (error.GetProperty("data").Text("name"), error.GetProperty("data").Text("path")));
        Assert.Single(Scene.Fake.Calls);
    }

    [Fact]
    public void RuntimeFailed_HasWhatTheRuntimeWasToldAndSaid()
    {
        Scene.Fake.Fail("create", "there is no such thing");

        JsonElement error = Refused("create", JsonSerializer.Serialize(new { id = Scene.NewId(), bundle = Scene.Payload() }));

        Assert.Equal(1014, error.Number("code"));
        JsonElement data = error.GetProperty("data");
        Assert.Equal(("RUNTIME_FAILED", "create"), (data.Text("name"), data.Text("action")));
        JsonElement runtime = data.GetProperty("runtime");
        Assert.Equal(["name", "args", "exit", "message"], runtime.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("runtime", 1, "there is no such thing"), (runtime.Text("name"), runtime.Number("exit"), runtime.Text("message")));
        Assert.Contains("create", runtime.GetProperty("args").EnumerateArray().Select(arg => arg.GetString()));
    }

    [Fact]
    public void Operations_BeyondThirtyTwoOnOneContainer_AreToldToRetry()
    {
        string id = Scene.Create();
        Scene.Fake.Close("start");
        Wire first = Connect();
        first.SendLines(Request(1, "start", new { id }));
        Scene.Fake.WaitForCall("start");
        Wire[] others = [.. Enumerable.Range(0, 40).Select(_ => Connect())];
        foreach (Wire wire in others)
        {
            wire.SendLines(Request(2, "update", new { id, resources = new { } }), Hello(3));
        }

        // Who does not fit is told at once, and can go on; the others have to wait.
        Poll.Until(() => others.Count(IsAnswered) >= others.Length - 32, "all but 32 are answered");
        Wire[] refused = [.. others.Where(IsAnswered)];
        Assert.Equal(others.Length - 32, refused.Length);
        foreach (Wire wire in refused)
        {
            JsonElement error = wire.Next().GetProperty("error");
            Assert.Equal((1005, "BUSY"), (error.Number("code"), error.GetProperty("data").Text("name")));
            Assert.Equal("3: ok", wire.Answer());
        }

        Scene.Fake.Open("start");
        Assert.Equal("1: ok", first.Answer());
        Assert.All(others.Except(refused), wire => Assert.Equal(["2: ok", "3: ok"], wire.Answers(2)));
    }

    private static bool IsAnswered(Wire wire) => Ready.Now(wire.Descriptor) != EpollEvents.None;

    private (string Id, JsonElement State) Run()
    {
        string id = Scene.Run();
        return (id, Scene.Client.Call("state", new { id }));
    }

    private static string Filled(string text, string id, JsonElement state) => text.Replace("$id", id, StringComparison.Ordinal)
        .Replace("$instance", state.Text("instance"), StringComparison.Ordinal).Replace("$bundle", state.Text("bundle"), StringComparison.Ordinal);

    private JsonElement Refused(string method, string parameters)
    {
        Wire wire = Connect();
        wire.SendLines($$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":{{parameters}}}""");
        JsonElement answer = wire.Next();
        Assert.True(answer.TryGetProperty("error", out JsonElement error), $"it should have been refused: {answer}");
        return error;
    }
}
