using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd update</c>: other limits for a container that runs.</summary>
internal static class UpdateVerb
{
    private const string Unlimited = "max";
    private const int CpuPeriodUsec = 100_000;
    private const double MinCpus = 0.01; // the kernel's least quota is a millisecond
    private const double MaxCpus = 1_000_000;

    private static readonly Argument<string> s_id = Options.ContainerId();

    private static readonly Option<string?> s_memory = Options.Checked(
        Options.Text("--memory", "BYTES", "the most memory, such as 64M; max for no limit"),
        text => ParseBytes(text) is not null,
        "must be bytes, such as 67108864, 64M or 1.5G, or max");

    private static readonly Option<string?> s_cpus = Options.Checked(
        Options.Text("--cpus", "N", "the most processor time, such as 0.5 or 2; max for no limit"),
        text => ParseQuota(text) is not null,
        "must be a number of processors from 0.01 on, or max");

    private static readonly Option<string?> s_pids = Options.Checked(
        Options.Text("--pids", "N", "the most processes and threads; max for no limit"),
        text => ParsePids(text) is not null,
        "must be a number from 1 on, or max");

    private static readonly Option<string?> s_resources = Options.Text(
        "--resources", "JSON", "instead: the OCI runtime specification's linux.resources; - reads them from standard input");

    public static Verb Create() => new(
        "update", "Changes the limits of a container. What is not named stays as it is.", [s_id, s_memory, s_cpus, s_pids, s_resources], Run)
    {
        Examples =
        [
            new("shimd update --memory 64M --pids 100 web", "64 MiB, and a hundred processes"),
            new("shimd update --cpus 1.5 web", "no more than one processor and a half"),
            new("shimd update --resources '{\"cpu\":{\"shares\":512}}' web", "anything that the runtime can update"),
        ],
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var parameters = new UpdateParams { Id = parsed.GetValue(s_id)!, Resources = ReadResources(parsed) };
        using AgentClient client = AgentClient.Connect(settings);
        CreateVerb.PrintId(parameters.Id, client.Call(Methods.Update, parameters), settings.Json);
        return ExitCodes.Ok;
    }

    private static JsonElement ReadResources(ParseResult parsed)
    {
        string? given = parsed.GetValue(s_resources);
        string? memory = parsed.GetValue(s_memory);
        string? cpus = parsed.GetValue(s_cpus);
        string? pids = parsed.GetValue(s_pids);
        bool isShort = memory is not null || cpus is not null || pids is not null;
        return (given, isShort) switch
        {
            (null, false) => throw CliException.Usage("nothing to change: give --memory, --cpus, --pids or --resources"),
            (null, true) => Resources(memory, cpus, pids),
            (_, true) => throw CliException.Usage("--resources says it all: leave out --memory, --cpus and --pids"),
            _ => JsonArgument.Read(given, "the resources"),
        };
    }

    /// <summary>OCI LinuxResources of what is not null.</summary>
    internal static JsonElement Resources(string? memory, string? cpus, string? pids)
    {
        var buffer = new OutputBuffer();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (memory is not null)
            {
                json.WriteStartObject("memory"u8);
                json.WriteNumber("limit"u8, ParseBytes(memory)!.Value);
                json.WriteEndObject();
            }

            if (cpus is not null)
            {
                json.WriteStartObject("cpu"u8);
                json.WriteNumber("quota"u8, ParseQuota(cpus)!.Value);
                json.WriteNumber("period"u8, CpuPeriodUsec);
                json.WriteEndObject();
            }

            if (pids is not null)
            {
                json.WriteStartObject("pids"u8);
                json.WriteNumber("limit"u8, ParsePids(pids)!.Value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return JsonElement.Parse(buffer.Peek().Span);
    }

    /// <summary><c>64M</c>, <c>64MiB</c>, <c>1.5G</c>, in powers of 1024; −1 for <c>max</c>; null for what is no size.</summary>
    internal static long? ParseBytes(string text)
    {
        if (text == Unlimited)
        {
            return -1;
        }

        string number = text.TrimEnd('B', 'b', 'i');
        int shift = number is [.., var unit] ? "kmgt".IndexOf(char.ToLowerInvariant(unit), StringComparison.Ordinal) : -1;
        return ParseNumber(shift < 0 ? number : number[..^1]) is { } value && value * (1L << (10 * (shift + 1))) is >= 1 and < Limits.MaxInteger and var bytes
            ? (long)bytes
            : null;
    }

    private static long? ParseQuota(string text)
        => text == Unlimited ? -1 : ParseNumber(text) is >= MinCpus and <= MaxCpus and { } cpus ? (long)Math.Round(cpus * CpuPeriodUsec) : null;

    private static long? ParsePids(string text)
        => text == Unlimited ? -1
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
            : null;

    private static double? ParseNumber(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : null;
}
