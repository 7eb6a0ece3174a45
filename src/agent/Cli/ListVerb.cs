using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd ps</c>: all containers, page after page.</summary>
internal static class ListVerb
{
    private static readonly Option<bool> s_quiet = Options.Flag("--quiet", "ids only, one a line", "-q");
    private static readonly Option<string?> s_label = Options.Text("--label", "KEY[=VALUE]", "only those with this label", "-l");
    private static readonly Option<string?> s_status = Options.OneOf("--status", "only those with this status", [.. StatusWords.All]);

    public static Verb Create() => new Verb(
        "ps", "Lists containers, also those that have ended, until they are deleted.", [s_quiet, s_label, s_status], Run)
    {
        Examples =
        [
            new("shimd ps", "all of them"),
            new("shimd ps --status running --label tier=front", "some of them"),
            new("shimd ps -q --status stopped", "ids, for other commands: shimd rm $(…)"),
            new("shimd ps --format json", "everything known, a container a line"),
        ],
    }.WithAliases("list", "ls");

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        bool quiet = parsed.GetValue(s_quiet);
        var table = new Table("ID", "STATUS", "PID", "RUNTIME", "CREATED", "EXIT");
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using AgentClient client = AgentClient.Connect(settings);
        foreach (JsonElement element in Pages(client, parsed.GetValue(s_label), parsed.GetValue(s_status)))
        {
            if (quiet)
            {
                StandardOutput.Line(Wire.Read<ContainerInfo>(element).Id);
            }
            else if (settings.Json)
            {
                StandardOutput.Line(AgentMessage.Raw(element));
            }
            else
            {
                AddRow(table, Wire.Read<ContainerInfo>(element), now);
            }
        }

        if (!quiet && !settings.Json)
        {
            table.Print();
        }

        return ExitCodes.Ok;
    }

    internal static IEnumerable<JsonElement> Pages(AgentClient client, string? label, string? status)
    {
        string? after = null;
        do
        {
            var parameters = new ListParams { Label = label, Status = status, After = after };
            JsonElement page = client.Call(Methods.List, parameters);
            if (!page.TryGetProperty("containers"u8, out JsonElement containers) || containers.ValueKind != JsonValueKind.Array)
            {
                throw new JsonException("containers is missing");
            }

            foreach (JsonElement container in containers.EnumerateArray())
            {
                yield return container;
            }

            after = page.TryGetProperty("next"u8, out JsonElement next) ? next.GetString() : null;
        }
        while (after is not null);
    }

    private static void AddRow(Table table, ContainerInfo container, DateTimeOffset now) => table.Add(
        container.Id,
        container.Status,
        HumanText.Number(container.Pid),
        Path.GetFileName(container.Runtime),
        $"{HumanText.Age(container.CreatedAt, now)} ago",
        HumanText.Exit(container.Exit));
}
