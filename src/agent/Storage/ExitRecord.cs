using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>exit.json: how a process ended. Written before anybody is told.</summary>
internal sealed class ExitRecord : IStateRecord
{
    public long Version { get; set; } = IStateRecord.CurrentVersion;

    /// <summary>0–255, 128 + signal when signalled; null when nobody can know.</summary>
    internal int? Code
    {
        get => CodeNumber?.Value;
        init => CodeNumber = Number.Of(value);
    }

    [JsonRequired]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    [JsonPropertyName("code")]
    public Number? CodeNumber { get; set; }

    /// <summary>The signal's number, or null.</summary>
    internal int? Signal
    {
        get => SignalNumber?.Value;
        init => SignalNumber = Number.Of(value);
    }

    [JsonPropertyName("signal")]
    public Number? SignalNumber { get; set; }

    public bool CoreDumped { get; set; }

    public bool OomKilled { get; set; }

    internal DateTimeOffset At
    {
        get => RecordTime.Parse(AtText) ?? default;
        init => AtText = RecordTime.Format(value);
    }

    [JsonRequired]
    [JsonPropertyName("at")]
    public string AtText { get; set; } = "";

    /// <summary>A word of <see cref="ExitSource"/>.</summary>
    [JsonRequired]
    public string Source { get; set; } = "";

    /// <summary>Why nobody can know, when <see cref="Source"/> is <see cref="ExitSource.Lost"/>.</summary>
    public string? Reason { get; set; }

    public string? Problem() => Words.Problem("source", Source, ExitSource.All) ?? RecordTime.Problem("at", AtText);
}

/// <summary>Where the truth about an exit comes from; the protocol has the same words.</summary>
internal static class ExitSource
{
    /// <summary>The shim reaped the process.</summary>
    public const string Waited = "waited";

    /// <summary>The agent reaped it, after the shim had died.</summary>
    public const string Reparented = "reparented";

    /// <summary>Read from the kernel by a non-parent.</summary>
    public const string Pidfd = "pidfd";

    /// <summary>Nobody can know.</summary>
    public const string Lost = "lost";

    private static readonly string[] s_all = [Waited, Reparented, Pidfd, Lost];

    public static ReadOnlySpan<string> All => s_all;
}
