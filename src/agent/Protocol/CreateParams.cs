using System.Text;

namespace Shimd.Protocol;

/// <summary>create, run.</summary>
internal sealed record CreateParams : IParams<CreateParams>
{
    public required string Id { get; init; }

    /// <summary>Taken because every method with an id takes it; no new container can match it.</summary>
    public string? Instance { get; init; }

    /// <summary>Absolute path of the OCI bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The OCI runtime's name or path.</summary>
    public string? Runtime { get; init; }

    /// <summary>Global options put before the runtime's command.</summary>
    public string[]? RuntimeArgs { get; init; }

    public StdioParams? Stdio { get; init; }

    public LogParams? Log { get; init; }

    /// <summary>Whether the runtime gets <c>--no-pivot</c>; absent lets the agent find out.</summary>
    public bool? NoPivot { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Absolute path of a checkpoint to restore instead of starting afresh.</summary>
    public string? RestoreFrom { get; init; }

    /// <summary>Limit of the runtime's call, in milliseconds.</summary>
    public int? TimeoutMs { get; init; }

    public static CreateParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Bundle = from.Text("bundle"),
        Runtime = from.TextOrNone("runtime"),
        RuntimeArgs = from.TextsOrNone("runtimeArgs"),
        Stdio = from.ObjectOrNone<StdioParams>("stdio"),
        Log = from.ObjectOrNone<LogParams>("log"),
        NoPivot = from.FlagOrNone("noPivot"),
        Labels = from.TextMapOrNone("labels"),
        RestoreFrom = from.TextOrNone("restoreFrom"),
        TimeoutMs = from.IntOrNone("timeoutMs"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.Text("bundle", Bundle);
        to.TextIfAny("runtime", Runtime);
        to.TextsIfAny("runtimeArgs", RuntimeArgs);
        to.ObjectIfAny("stdio", Stdio);
        to.ObjectIfAny("log", Log);
        to.FlagIfAny("noPivot", NoPivot);
        to.TextMapIfAny("labels", Labels);
        to.TextIfAny("restoreFrom", RestoreFrom);
        to.NumberIfAny("timeoutMs", TimeoutMs);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.AbsolutePath(Bundle, "bundle");
        Check.NotEmpty(Runtime, "runtime");
        Check.Strings(RuntimeArgs, "runtimeArgs");
        Stdio?.Validate();
        Log?.Validate();
        ValidateLabels();
        Check.AbsolutePath(RestoreFrom, "restoreFrom");
        Check.TimeoutMs(TimeoutMs);
    }

    private void ValidateLabels()
    {
        // What JSON puts around a key and a value: two pairs of quotes, a colon, a comma.
        const int Punctuation = 6;
        int bytes = 0;
        int written = 0;
        foreach ((string key, string? value) in Labels ?? [])
        {
            Check.That(key.Length > 0 && !key.Contains('='), "labels", "must have keys that are not empty and contain no '='");
            Check.That(value is not null, $"labels.{WireText.Truncate(key, 128)}", "must be a string");
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value!);
            written += WireText.EscapedLength(key) + WireText.EscapedLength(value!) + Punctuation;
        }

        Check.That(bytes <= Limits.MaxLabelsBytes, "labels", $"must be at most {Limits.MaxLabelsBytes} bytes together");
        Check.That(
            written <= Limits.MaxLabelsWrittenBytes, "labels", $"must be at most {Limits.MaxLabelsWrittenBytes} bytes as JSON, escapes and quotes included, and are {written}");
    }
}
