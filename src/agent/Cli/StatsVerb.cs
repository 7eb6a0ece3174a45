using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd stats</c>: what containers use at this moment.</summary>
internal static class StatsVerb
{
    private static readonly Argument<string[]> s_ids = new("ID")
    {
        Description = "containers (all that run)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Verb Create() => new(
        "stats", "Shows what containers use: processor time since their start, memory, processes, disk; and what their shims cost.", [s_ids], Run)
    {
        Examples =
        [
            new("shimd stats", "all that run"),
            new("shimd stats --format json web | jq .memory", "everything known of one, times in microseconds, sizes in bytes"),
        ],
        Notes = "From the container's control group; - stands for what the kernel or its controllers do not tell, or a limit that is not set.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        string[] ids = parsed.GetValue(s_ids) ?? [];
        bool all = ids.Length == 0;
        var table = new Table("ID", "CPU", "MEMORY", "LIMIT", "PIDS", "READ", "WRITTEN", "OOM", "SHIM");
        var batch = new Batch(settings) { IgnoresGone = all };
        int code = batch.Run(
            all ? Running(settings) : ids,
            (client, id) => client.Send(Methods.Stats, new ContainerParams { Id = id }),
            (_, result) => Add(table, Wire.Read<StatsResult>(result)));
        if (!settings.Json)
        {
            table.Print();
        }

        return code;
    }

    private static string[] Running(ClientSettings settings)
    {
        using AgentClient client = AgentClient.Connect(settings);
        List<string> ids = [];
        foreach (JsonElement element in ListVerb.Pages(client, label: null, status: null))
        {
            ContainerInfo container = Wire.Read<ContainerInfo>(element);
            if (container.Status is StatusWords.Running or StatusWords.Paused)
            {
                ids.Add(container.Id);
            }
        }

        return ids.ToArray();
    }

    private static bool Add(Table table, StatsResult stats)
    {
        table.Add(
            stats.Id,
            stats.Cpu is { } cpu ? HumanText.Duration(cpu.UsageUsec) : HumanText.None,
            HumanText.Bytes(stats.Memory?.UsageBytes),
            HumanText.Bytes(stats.Memory?.LimitBytes),
            HumanText.Number((int?)stats.Pids?.Current),
            HumanText.Bytes(Total(stats.Io, device => device.ReadBytes)),
            HumanText.Bytes(Total(stats.Io, device => device.WriteBytes)),
            HumanText.Number((int?)stats.Memory?.OomKills),
            HumanText.Bytes(stats.Shim?.RssBytes));
        return true;
    }

    private static long? Total(IReadOnlyList<IoStats>? devices, Func<IoStats, long> bytes)
    {
        if (devices is null)
        {
            return null;
        }

        long total = 0;
        foreach (IoStats device in devices)
        {
            total += bytes(device);
        }

        return total;
    }
}
