using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>How a process ended. Its shape is constant but for <see cref="Reason"/>; a code is never invented.</summary>
internal sealed record ExitInfo
{
    /// <summary>0–255, 128+n when signal n killed it; null when nobody can know.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Code { get; init; }

    /// <summary>The name of the signal that killed it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Signal { get; init; }

    public required bool CoreDumped { get; init; }

    public required bool OomKilled { get; init; }

    /// <summary>When it was noticed; for a lost exit, when it was found lost.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="ExitSources"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Why the code is not known.</summary>
    public string? Reason { get; init; }
}
