using System.CommandLine;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>The options that make a container: those of <c>create</c> and <c>run</c>. Relative paths are made absolute here, since the
/// agent's working directory is another.</summary>
internal sealed class CreateOptions
{
    private const string StreamForms = "null, log, attach, fifo:PATH or file:PATH";

    private readonly Argument<string> _id = Options.ContainerId("the new container's id: letters, digits, _ . -");
    private readonly Option<string?> _bundle = Options.Text("--bundle", "DIR", "the OCI bundle: a directory with config.json (.)", "-b");
    private readonly Option<string?> _runtime = Options.Text("--runtime", "NAME|PATH", "the OCI runtime (the agent's choice)");
    private readonly Option<string[]> _runtimeArgs = Options.Several("--runtime-arg", "ARG", "a global option for the runtime, such as --runtime-arg=--debug");
    private readonly Option<string[]> _labels = Options.Several("--label", "KEY=VALUE", "a label, to find it by", "-l");
    private readonly Option<bool> _noPivot = Options.Flag("--no-pivot", "do not pivot_root: for a root file system in memory (found out by itself)");
    private readonly Option<string?> _restoreFrom = Options.Text("--restore-from", "DIR", "a checkpoint to go on from, instead of the program's beginning");
    private readonly Option<string?> _timeout = Options.Number("--timeout", "MS", "the longest the runtime may take", Limits.MaxTimeoutMs);
    private readonly LogOptions _log = new();
    private readonly Option<string?> _stdin;
    private readonly Option<string?> _stdout;
    private readonly Option<string?> _stderr;

    /// <param name="inputDefault">Where standard input comes from, if it is not named.</param>
    /// <param name="outputDefault">Where output goes that is not named.</param>
    public CreateOptions(string inputDefault, string outputDefault)
    {
        _stdin = Stream("--stdin", $"where standard input comes from: null, attach, fifo:PATH or file:PATH ({inputDefault})");
        _stdout = Stream("--stdout", $"where standard output goes: {StreamForms} ({outputDefault})");
        _stderr = Stream("--stderr", $"where standard error goes: {StreamForms} ({outputDefault})");
    }

    public IEnumerable<Symbol> Symbols => [_id, _bundle, _labels, _stdin, _stdout, _stderr, .. _log.Symbols, _runtime, _runtimeArgs, _noPivot, _restoreFrom, _timeout];

    /// <param name="parsed">The command line.</param>
    /// <param name="passed">Null for a container that is left alone; else gets our own descriptors for the streams that are not
    /// named, in the order in which the request counts them.</param>
    public CreateParams Read(ParseResult parsed, List<Fd>? passed) => new()
    {
        Id = parsed.GetValue(_id)!,
        Bundle = Path.GetFullPath(parsed.GetValue(_bundle) ?? "."),
        Runtime = parsed.GetValue(_runtime) is { } runtime ? AbsoluteIfPath(runtime) : null,
        RuntimeArgs = parsed.GetValue(_runtimeArgs) is { Length: > 0 } arguments ? arguments : null,
        Labels = parsed.GetValue(_labels) is { Length: > 0 } labels ? ParseLabels(labels) : null,
        NoPivot = parsed.GetValue(_noPivot) ? true : null,
        RestoreFrom = parsed.GetValue(_restoreFrom) is { } checkpoint ? Path.GetFullPath(checkpoint) : null,
        TimeoutMs = Options.Integer(parsed, _timeout),
        Log = _log.Read(parsed),
        Stdio = new StdioParams
        {
            Stdin = ParseStream(parsed.GetValue(_stdin)) ?? Pass(0, passed),
            Stdout = ParseStream(parsed.GetValue(_stdout)) ?? Pass(1, passed) ?? new StdioSpec(StdioKind.Log),
            Stderr = ParseStream(parsed.GetValue(_stderr)) ?? Pass(2, passed) ?? new StdioSpec(StdioKind.Log),
        },
    };

    /// <summary>Null where nothing was said.</summary>
    internal static StdioSpec? ParseStream(string? text) => text switch
    {
        null => null,
        "null" => new StdioSpec(StdioKind.Null),
        "log" => new StdioSpec(StdioKind.Log),
        "attach" => new StdioSpec(StdioKind.Attach),
        _ when text.StartsWith("fifo:", StringComparison.Ordinal) => new StdioSpec(StdioKind.Fifo, Path.GetFullPath(text[5..])),
        _ => new StdioSpec(StdioKind.File, Path.GetFullPath(text[5..])),
    };

    internal static Dictionary<string, string> ParseLabels(string[] labels)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string label in labels)
        {
            int equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals == 0)
            {
                throw CliException.Usage($"--label must be KEY=VALUE, not '{label}'");
            }

            result[equals < 0 ? label : label[..equals]] = equals < 0 ? "" : label[(equals + 1)..];
        }

        return result;
    }

    // That stdin cannot be logged, the agent says.
    private static bool IsStream(string text)
        => text is "null" or "log" or "attach" or ['f', 'i', 'f', 'o', ':', _, ..] or ['f', 'i', 'l', 'e', ':', _, ..];

    private static Option<string?> Stream(string name, string description)
        => Options.Checked(Options.Text(name, "WHERE", description), IsStream, $"must be {StreamForms}");

    internal static StdioSpec? Pass(int number, List<Fd>? passed)
    {
        if (passed is null)
        {
            return null;
        }

        var own = new Fd(number, owned: false);
        if (NativeFile.Status(own) is null)
        {
            return new StdioSpec(StdioKind.Null); // we were started without it
        }

        passed.Add(own);
        return new StdioSpec(StdioKind.Fd, Fd: passed.Count - 1);
    }

    private static string AbsoluteIfPath(string runtime) => runtime.Contains('/') ? Path.GetFullPath(runtime) : runtime;
}
