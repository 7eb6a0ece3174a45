using System.Text.Json;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>What rpc.discover says is what the agent does: the same methods, the same params, and results of the shape that is told.</summary>
public sealed class DiscoverTests : ConformanceTests
{
    public static TheoryData<string> Methods => [.. MethodTable.All.Select(method => method.Name)];

    [Fact]
    public void Document_Whole_HasTheMethodsThatAreAnswered()
    {
        JsonElement document = Discover();

        Assert.Equal(Scene.Client.Call("hello").GetProperty("features").EnumerateArray().Select(name => name.GetString()), Names(document));
        Assert.Equal(["openrpc", "info", "methods", "components"], document.EnumerateObject().Select(member => member.Name));
        Assert.Equal("shimd", document.GetProperty("info").Text("title"));
        Assert.Equal(
            ErrorCodeNames.All.ToArray().Select(code => (code.ToWireName(), (int)code)),
            document.GetProperty("components").GetProperty("errors").EnumerateObject().Select(error => (error.Name, error.Value.Number("code"))));
        Assert.Equal(Enum.GetValues<ErrorCode>().Where(code => code != ErrorCode.None).Order(), ErrorCodeNames.All.ToArray().Order());
    }

    [Fact]
    public void Verb_WithoutAgent_PrintsTheSame()
    {
        JsonElement ofAgent = Discover();
        JsonElement printed = JsonElement.Parse(Child.Run(Machine.Binary, "schema").Output);

        string compact = Child.Run(Machine.Binary, "schema", "--format", "json").Output;
        Assert.Equal(compact.Length - 1, compact.IndexOf('\n', StringComparison.Ordinal));
        Assert.True(JsonElement.DeepEquals(printed, JsonElement.Parse(compact)));
        foreach (JsonElement method in ofAgent.GetProperty("methods").EnumerateArray())
        {
            Assert.Contains(printed.GetProperty("methods").EnumerateArray(), other => JsonElement.DeepEquals(method, other));
        }

        Assert.Equal(MethodTable.All.Select(method => method.Name), Names(printed));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Params_Told_AreThoseThatAreKnown(string method)
    {
        RequireRegistered(method);
        JsonElement told = Assert.Single(Discover(method).GetProperty("methods").EnumerateArray());
        Assert.Equal(method, told.Text("name"));

        string known = Scene.Client.Refused(method, new { nonsense = 1 }).Message.Split("known are: ")[1];

        JsonElement[] parameters = [.. told.GetProperty("params").EnumerateArray()];
        string names = string.Join(", ", parameters.Select(param => param.Text("name")).Order());
        Assert.Equal(names.Length == 0 ? "none" : names, string.Join(", ", known.Split(", ").Order()));

        // As OpenRPC has it: no required one after one that may be left out.
        bool[] required = [.. parameters.Select(param => param.GetProperty("required").GetBoolean())];
        Assert.Equal(required.OrderDescending(), required);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Example_OfAMethod_FitsItsSchema(string method)
    {
        RequireRegistered(method);
        JsonElement document = Discover(method);
        JsonElement told = Assert.Single(document.GetProperty("methods").EnumerateArray());
        var schema = new JsonSchema(document);
        JsonElement example = Assert.Single(told.GetProperty("examples").EnumerateArray());

        Assert.Null(schema.Problem(told.GetProperty("result").GetProperty("schema"), example.GetProperty("result").GetProperty("value"), isExact: true));
        JsonElement.ArrayEnumerator parameters = told.GetProperty("params").EnumerateArray();
        foreach (JsonElement given in example.GetProperty("params").EnumerateArray())
        {
            JsonElement param = parameters.Single(param => param.Text("name") == given.Text("name"));
            Assert.Null(schema.Problem(param.GetProperty("schema"), given.GetProperty("value"), isExact: true));
        }

        foreach (JsonElement param in parameters.Where(param => param.GetProperty("required").GetBoolean()))
        {
            Assert.Contains(example.GetProperty("params").EnumerateArray(), given => given.Text("name") == param.Text("name"));
        }
    }

    [Fact]
    public void Method_Unknown_IsRefused()
    {
        AgentReplyError error = Scene.Client.Refused("rpc.discover", new { method = "nothing" });

        Assert.Equal(("INVALID_PARAMS", "method"), (error.Name, error.Data.Text("path")));
    }

    private static IEnumerable<string> Names(JsonElement document) => document.GetProperty("methods").EnumerateArray().Select(method => method.Text("name"));

    /// <summary>By hand: it is held to the length of a line.</summary>
    private JsonElement Discover(string? method = null)
    {
        Wire wire = Connect();
        wire.SendLines(method is null ? """{"id":1,"method":"rpc.discover"}""" : Request(1, "rpc.discover", new { method }));
        return wire.Next().GetProperty("result");
    }

    private void RequireRegistered(string method) => Assert.SkipUnless(
        Scene.Client.Call("hello").GetProperty("features").EnumerateArray().Any(name => name.GetString() == method), $"this version does not answer {method}");
}
