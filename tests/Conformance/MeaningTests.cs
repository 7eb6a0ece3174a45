using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Whom a request means: each method that takes an id, an instance, a process, with ones that are not there.</summary>
public sealed class MeaningTests : ConformanceTests
{
    public static TheoryData<string> Methods =>
        [.. MethodTable.All.Select(method => method.Name).Where(name => Takes(name, "id") && name is not ("create" or "run"))];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Method_WhatIsNotThere_IsToldBeforeAnythingElse(string method)
    {
        string id = Scene.Run();
        string instance = Scene.Client.Call("state", new { id }).Text("instance");
        int calls = Scene.Fake.Calls.Count;
        Wire wire = Connect();

        Assert.Equal("NOT_FOUND", Refused(wire, method, ("id", "nobody")).Text("name"));
        Assert.Equal("INVALID_PARAMS", Refused(wire, method, ("id", "../nobody")).Text("name"));
        JsonElement conflict = Refused(wire, method, ("id", id), ("instance", "another"));
        Assert.Equal(("CONFLICT", instance), (conflict.Text("name"), conflict.Text("instance")));
        if (Takes(method, "process") && method != "exec")
        {
            Assert.Equal("NOT_FOUND", Refused(wire, method, ("id", id), ("process", "nobody")).Text("name"));
            Assert.Equal("INVALID_PARAMS", Refused(wire, method, ("id", id), ("process", "../nobody")).Text("name"));
        }

        JsonElement unknown = Refused(wire, method, ("id", id), ("nonsense", "x"));
        Assert.Equal(("INVALID_PARAMS", "nonsense"), (unknown.Text("name"), unknown.Text("path")));
        Assert.Equal("running", Scene.StatusOf(id));
        Assert.Equal(calls, Scene.Fake.Calls.Count);
    }

    [Fact]
    public void Write_ToWhatIsNotAttached_TellsTheStatus()
    {
        string id = Scene.Run();
        Wire wire = Connect();
        JsonElement running = Refused(wire, "write", ("id", id));
        Assert.Equal(("BAD_STATE", "running"), (running.Text("name"), running.Text("status")));

        _ = Scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = Scene.WaitFor(id);

        wire.SendLines(Request(1, "write", new { id, text = "x" }));
        JsonElement error = wire.Next().GetProperty("error");
        Assert.Equal("cannot write to a process in the 'stopped' state", error.Text("message"));
        Assert.Equal("stopped", error.GetProperty("data").Text("status"));
    }

    private static bool Takes(string method, string member) => MethodTable.Find(method)!.Params.Has(member);

    /// <summary>The data of the error that the method's example gets, with these members instead of its own.</summary>
    private static JsonElement Refused(Wire wire, string method, params ReadOnlySpan<(string Name, string Value)> members)
    {
        JsonObject parameters = JsonNode.Parse(MethodTable.Find(method)!.Example)!.AsObject();
        foreach ((string name, string value) in members)
        {
            parameters[name] = value;
        }

        wire.SendLines(Request(1, method, parameters));
        return wire.Next().GetProperty("error").GetProperty("data");
    }
}
