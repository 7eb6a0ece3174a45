using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;
using Shimd.Server;

namespace Shimd.Cli;

/// <summary><c>shimd schema</c>: what <c>rpc.discover</c> answers, without an agent.</summary>
internal static class SchemaVerb
{
    public static Verb Create() => new("schema", "Prints the protocol as an OpenRPC document; needs no agent.", [], Run)
    {
        Examples =
        [
            new("shimd schema >shimd.openrpc.json", "for a generator of clients"),
            new("shimd call rpc.discover '{\"method\":\"exec\"}'", "of one method, as the agent has it"),
        ],
    };

    private static int Run(ParseResult parsed)
    {
        bool indented = !GlobalOptions.WantsJson(parsed);
        using (var json = new Utf8JsonWriter(
            StandardOutput.Writer, new JsonWriterOptions { Indented = indented, Encoder = WireText.Encoder, SkipValidation = true }))
        {
            new WireWriter(json).Value(OpenRpc.Whole(AgentMain.Version));
        }

        StandardOutput.Line("");
        return ExitCodes.Ok;
    }
}
