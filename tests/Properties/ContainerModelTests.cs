using System.Text.Json;
using CsCheck;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Properties;

/// <summary>
/// Any sequence of requests on a container, against a model of its state machine: what is refused, with which error, and the status that
/// is left. The published binary with a scripted runtime.
/// </summary>
[Collection(Sequential.Name)]
public sealed class ContainerModelTests : SceneTests
{
    private static readonly string[] s_actions = ["create", "start", "pause", "resume", "kill", "stop", "wait", "delete", "delete force", "restart the agent"];

    [Fact]
    public void Container_AnySequence_DoesAsTheModel()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string bundle = scene.Payload();

        Gen.OneOf(
                Gen.Int[0, s_actions.Length - 1],
                Gen.Int[0, 4]).Select(number => s_actions[number]).Array[1, 14].Sample(
            actions =>
            {
                string id = scene.NewId();
                string? status = null;
                foreach (string action in actions)
                {
                    string expected = Expect(action, ref status);
                    Assert.Equal($"{action}: {expected}", $"{action}: {Do(scene, action, id, bundle, runtime.Path)}");
                    Assert.Equal(status ?? "NOT_FOUND", StatusOf(scene, id));
                }
            },
            iter: 25,
            threads: 1);
    }

    private static string Expect(string action, ref string? status)
    {
        (string answer, string? next) = (action, status) switch
        {
            ("restart the agent", _) => ("ok", status),
            ("create", null) => ("ok", "created"),
            ("create", _) => ("ALREADY_EXISTS", status),
            (_, null) => ("NOT_FOUND", null),
            ("start", "created") => ("ok", "running"),
            ("pause", "running") => ("ok", "paused"),
            ("resume", "paused") => ("ok", "running"),
            ("kill", "created" or "running" or "paused") => ("ok", "stopped"),
            ("stop", _) => ("ok", "stopped"),
            ("wait", "stopped") => ("ok", status),
            ("wait", _) => ("TIMEOUT", status),
            ("delete", "stopped") or ("delete force", _) => ("ok", null),
            _ => ("BAD_STATE", status),
        };
        status = next;
        return answer;
    }

    private static string Do(Scene scene, string action, string id, string bundle, string runtime)
    {
        if (action == "restart the agent")
        {
            scene.Agent.Restart();
            return "ok";
        }

        object parameters = action switch
        {
            "create" => new { id, bundle, runtime },
            "kill" => new { id, signal = "KILL" },
            "wait" => new { id, timeoutMs = 0 },
            "delete force" => new { id, force = true },
            _ => new { id },
        };
        string answer = Name(scene.Client.Reply(scene.Client.Send(action.Split(' ')[0], parameters)));
        if (action == "kill" && answer == "ok")
        {
            // A signal is sent; what comes of it comes in its own time.
            Assert.Equal(137, scene.WaitFor(id).Number("code"));
        }

        return answer;
    }

    private static string StatusOf(Scene scene, string id)
    {
        JsonElement reply = scene.Client.Reply(scene.Client.Send("state", new { id }));
        return reply.TryGetProperty("result", out JsonElement result) ? result.Text("status") : Name(reply);
    }

    private static string Name(JsonElement reply) => reply.TryGetProperty("error", out JsonElement error) ? error.GetProperty("data").Text("name") : "ok";
}
