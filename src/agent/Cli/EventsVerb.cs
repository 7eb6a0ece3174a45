using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd events</c>: an event a line, until somebody ends it.</summary>
internal static class EventsVerb
{
    private static readonly Option<string[]> s_ids = Options.Several("--id", "ID", "only events of this container");
    private static readonly Option<string[]> s_types = Options.Several("--type", "TYPE", "only events of this type, such as exit");
    private static readonly Option<bool> s_snapshot = Options.Flag("--snapshot", "first the state of every container, then what changes");

    private static readonly Option<string?> s_since = Options.Checked(
        Options.Text("--since", "EPOCH:SEQ", "first the events after that one, as far as they are kept"),
        text => ParseSince(text) is not null,
        "must be EPOCH:SEQ, as a former 'shimd events' has said at its end");

    public static Verb Create() => new("events", "Follows what happens to containers, an event a line.", [s_ids, s_types, s_snapshot, s_since], Run)
    {
        Examples =
        [
            new("shimd events", "all, from now on"),
            new("shimd events --type exit --type oom", "ends only"),
            new("shimd events --snapshot --format json", "a mirror of the state: first all of it, then each change"),
            new("shimd events --since 01JD9:4711", "go on where another one ended"),
        ],
        Notes = "Events are hints, and the state is the truth: an exit can be read with 'wait' or 'state' until the container is deleted.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var parameters = new SubscribeParams
        {
            Ids = parsed.GetValue(s_ids) is { Length: > 0 } ids ? ids : null,
            Types = parsed.GetValue(s_types) is { Length: > 0 } types ? types : null,
            Snapshot = parsed.GetValue(s_snapshot),
            Since = parsed.GetValue(s_since) is { } since ? ParseSince(since) : null,
        };
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement result = client.Call(Methods.Subscribe, parameters);
        SubscribeResult subscription = Wire.Read<SubscribeResult>(result);
        Follow(client, subscription, settings.Json);
        return ExitCodes.Unavailable;
    }

    /// <exception cref="CliException">Always, in the end: the stream was broken off, or nobody reads it any more.</exception>
    private static void Follow(AgentClient client, SubscribeResult subscription, bool json)
    {
        string epoch = subscription.Epoch;
        long last = subscription.Seq;
        while (client.Read() is { } message)
        {
            if (!message.IsEvent)
            {
                continue;
            }

            EventMessage read = Wire.Read<EventMessage>(message.Event);
            last = read.Seq ?? last;
            epoch = read.Epoch ?? epoch;
            if (json)
            {
                StandardOutput.Line(AgentMessage.Raw(message.Event));
            }
            else
            {
                StandardOutput.Line(EventText.Of(read));
            }

            // A line at a time: somebody is watching.
            StandardOutput.Flush();
            if (read is { Type: EventTypes.Gap, Subscription: not null })
            {
                throw new CliException(
                    ExitCodes.Unavailable,
                    "the agent ended the subscription: events came faster than they were read",
                    $"go on with: shimd events --since {epoch}:{read.Last ?? last}",
                    "GAP");
            }
        }

        throw new CliException(
            ExitCodes.Unavailable, "the agent has gone", $"when it is back, go on with: shimd events --since {epoch}:{last}", "CONNECTION_LOST");
    }

    internal static SinceParams? ParseSince(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
            ? new SinceParams { Epoch = text[..colon], Seq = seq }
            : null;
    }
}
