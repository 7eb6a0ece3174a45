using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd call</c>: any method of the protocol, for what has no verb, and to learn it.</summary>
internal static class CallVerb
{
    public const string Name = "call";

    private static readonly Argument<string> s_method = new("METHOD") { Description = "the method, such as hello, list or stats" };

    private static readonly Argument<string?> s_params = new("JSON")
    {
        Description = "its params, an object; - reads them from standard input ({})",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Verb Create() => new(Name, "Calls a method of the protocol, and prints its result as JSON.", [s_method, s_params], Run)
    {
        Examples =
        [
            new("shimd call hello", "who the agent is, and what it can do"),
            new("shimd call rpc.discover '{\"method\":\"exec\"}'", "how a method is called"),
            new("shimd call exec '{\"id\":\"web\",\"args\":[\"ls\"],\"wait\":true,\"captureOutput\":true}'", "a command in a container, what it says in the result"),
            new("shimd call --format json list - <page.json", "params from a file, the result on one line"),
        ],
        Notes = "Events that belong to the call are printed one a line: those of 'logs' until its result, those of 'attach' until the process has ended, those of 'subscribe' for ever.",
    };

    /// <summary>The container that the params name, if they do.</summary>
    public static string? ContainerOf(ParseResult parsed) => JsonArgument.ContainerOf(parsed.GetValue(s_params));

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        string method = parsed.GetValue(s_method)!;
        JsonElement parameters = JsonArgument.Read(parsed.GetValue(s_params), "the params");
        if (method == Methods.Attach && parameters.TryGetProperty("raw"u8, out JsonElement raw) && raw.ValueKind == JsonValueKind.True)
        {
            throw CliException.Usage("raw attach ends the line protocol, which is all that 'call' speaks; leave raw out, or use: shimd attach ID");
        }

        using AgentClient client = AgentClient.Connect(settings);
        long request = client.Send(method, new RawObject(parameters));
        while (client.Read() is { } message)
        {
            if (message.Error is { } error)
            {
                throw new AgentErrorException(error);
            }

            if (message.IsEvent)
            {
                StandardOutput.Line(AgentMessage.Raw(message.Event));
            }
            else if (message.Id == request)
            {
                PrintResult(message.Result, compact: settings.Json);
                if (method is not (Methods.Subscribe or Methods.Attach))
                {
                    return ExitCodes.Ok;
                }
            }

            StandardOutput.Flush();
            if (IsOf(message, EventTypes.End, "request"u8))
            {
                return ExitCodes.Ok;
            }

            if (IsOf(message, EventTypes.Gap, "subscription"u8))
            {
                throw new CliException(ExitCodes.Unavailable, "the agent ended the subscription: events came faster than they were read", name: "GAP");
            }
        }

        throw AgentClient.Closed();
    }

    /// <summary>Whether it is an event of that type which belongs to a subscription, or to a request.</summary>
    private static bool IsOf(AgentMessage message, string eventType, ReadOnlySpan<byte> owner)
        => message.IsEvent
            && message.Event.TryGetProperty(owner, out _)
            && message.Event.TryGetProperty("type"u8, out JsonElement type)
            && type.ValueEquals(eventType);

    private static void PrintResult(JsonElement result, bool compact)
    {
        if (compact)
        {
            StandardOutput.Line(AgentMessage.Raw(result));
            return;
        }

        using (var json = new Utf8JsonWriter(
            StandardOutput.Writer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            result.WriteTo(json);
        }

        StandardOutput.Line("");
    }
}
