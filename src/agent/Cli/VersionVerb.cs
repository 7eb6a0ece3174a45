using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Server;

namespace Shimd.Cli;

/// <summary><c>shimd version</c>: of this client, and of the agent if there is one. That there is none is no failure here.</summary>
internal static class VersionVerb
{
    public static Verb Create() => new("version", "Shows the version of this client, and of the agent if it can be reached.", [], parsed =>
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        SysResult<AgentClient> connected = AgentClient.TryConnect(settings);
        using AgentClient? client = connected.Value;
        JsonElement? server = client?.Call(Methods.Hello, new NoParams());
        if (settings.Json)
        {
            PrintJson(server);
        }
        else
        {
            PrintText(settings, server is { } read ? Wire.Read<HelloResult>(read) : null, connected.Error);
        }

        return ExitCodes.Ok;
    })
    {
        Examples = [new("shimd version", "client and agent"), new("shimd version --format json | jq .server.runtimes", "the runtimes that the agent has found")],
    };

    private static void PrintText(ClientSettings settings, HelloResult? server, Errno error)
    {
        var table = new Table();
        table.Add("client", $"shimd {AgentMain.Version}", Describe(ProtocolVersion.Current));
        table.Add(
            "agent",
            server is null ? "not reached" : $"{server.Server} {server.Version}",
            server is null ? $"{settings.Socket}: {error.Describe()}" : $"{Describe(server.Protocol)}, {settings.Socket}");
        foreach (RuntimeInfo runtime in server?.Runtimes ?? [])
        {
            table.Add("runtime", $"{runtime.Name} {runtime.Version}".TrimEnd(), runtime.Path);
        }

        table.Print();
    }

    private static void PrintJson(JsonElement? server)
    {
        var buffer = new OutputBuffer();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WireText.Encoder }))
        {
            json.WriteStartObject();
            json.WriteStartObject("client"u8);
            json.WriteString("version"u8, AgentMain.Version);
            json.WriteStartObject("protocol"u8);
            json.WriteNumber("major"u8, ProtocolVersion.Current.Major);
            json.WriteNumber("minor"u8, ProtocolVersion.Current.Minor);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WritePropertyName("server"u8);
            if (server is { } hello)
            {
                hello.WriteTo(json);
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteEndObject();
        }

        StandardOutput.Line(Encoding.UTF8.GetString(buffer.Peek().Span));
    }

    private static string Describe(ProtocolVersion version) => $"protocol {version.Major}.{version.Minor}";
}
