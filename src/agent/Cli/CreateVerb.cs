using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd create</c>.</summary>
internal static class CreateVerb
{
    private static readonly CreateOptions s_options = new("null", "log");

    public static Verb Create() => new(
        "create", "Creates a container from an OCI bundle. Its process waits for 'start', and can be looked at until then.", s_options.Symbols, Run)
    {
        Examples =
        [
            new("shimd create --bundle ./web web", "make it from ./web/config.json"),
            new("shimd create -b ./web --stdout file:web.log --label tier=front web", "with its output in a file, and a label"),
        ],
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        CreateParams parameters = s_options.Read(parsed, passed: null);
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement container = client.Call(Methods.Create, parameters);
        PrintId(parameters.Id, container, settings.Json);
        return ExitCodes.Ok;
    }

    /// <summary>What a verb says that has changed a container: its id, for the next command; or all of it.</summary>
    public static void PrintId(string id, JsonElement result, bool json)
    {
        if (json)
        {
            StandardOutput.Line(AgentMessage.Raw(result));
        }
        else
        {
            StandardOutput.Line(id);
        }
    }
}
