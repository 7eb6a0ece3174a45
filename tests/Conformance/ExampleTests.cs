using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Every example of rpc.discover, executed on a real container; its result has the shape that is told, and no member more.</summary>
public sealed class ExampleTests : ConformanceTests
{
    public static TheoryData<string> Methods => [.. MethodTable.All.Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Example_Executed_AnswersAsTold(string method)
    {
        Scene scene = Begin(Scene.With("crun"));
        Assert.SkipUnless(
            scene.Client.Call("hello").GetProperty("features").EnumerateArray().Any(name => name.GetString() == method), $"this version does not answer {method}");
        JsonElement document = scene.Client.Call("rpc.discover", new { method });
        JsonElement told = document.GetProperty("methods")[0];
        var parameters = new JsonObject();
        foreach (JsonElement given in told.GetProperty("examples")[0].GetProperty("params").EnumerateArray())
        {
            parameters.Add(given.Text("name"), JsonNode.Parse(given.GetProperty("value").GetRawText()));
        }

        Prepare(scene, method, parameters);
        JsonElement reply = scene.Client.Reply(scene.Client.Send(method, parameters));

        if (reply.TryGetProperty("error", out JsonElement error))
        {
            // These want more of the machine or of the container than an example can have.
            Assert.Contains(
                $"{method} {error.GetProperty("data").Text("name")}",
                (string[])["checkpoint RUNTIME_FAILED", "checkpoint NOT_SUPPORTED", "resize NOT_SUPPORTED", "update RUNTIME_FAILED", "attach NOT_SUPPORTED", "write BAD_STATE"]);
            return;
        }

        Assert.Null(new JsonSchema(document).Problem(told.GetProperty("result").GetProperty("schema"), reply.GetProperty("result"), isExact: method != "rpc.discover"));
    }

    /// <summary>Puts the container where the method is of use, and its name, bundle and paths in the place of the example's.</summary>
    private static void Prepare(Scene scene, string method, JsonObject parameters)
    {
        if (parameters.ContainsKey("path"))
        {
            parameters["path"] = scene["checkpoint"];
        }

        if (method is "create" or "run")
        {
            parameters["id"] = scene.NewId();
            parameters["bundle"] = scene.Payload("until-term");
        }
        else if (parameters.ContainsKey("id"))
        {
            string id = method switch
            {
                "start" => scene.Create("exit 0"),
                "logs" => RunLogged(scene, "print one"),
                "reopenLogs" => RunLogged(scene, "until-term"),
                _ => scene.RunReady("until-term"),
            };
            parameters["id"] = id;
            switch (method)
            {
                case "resume":
                    _ = scene.Client.Call("pause", new { id });
                    break;
                case "delete" or "wait":
                    _ = scene.Client.Call("stop", new { id });
                    break;
            }
        }
        else if (method == "unsubscribe")
        {
            _ = scene.Client.Call("subscribe");
        }
    }

    private static string RunLogged(Scene scene, string step)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(step), log = new { format = "cri" } });
        return id;
    }
}
