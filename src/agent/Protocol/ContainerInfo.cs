using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>A container as clients see it. Its shape is constant: what is not known is null, not missing.</summary>
internal sealed record ContainerInfo
{
    public required string Id { get; init; }

    /// <summary>New for each create: tells a container from a later one of the same id.</summary>
    public required string Instance { get; init; }

    public required string Bundle { get; init; }

    public required string Runtime { get; init; }

    /// <summary>One of <see cref="StatusWords"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Of the process <c>init</c>, in the agent's PID namespace; null before it exists and after it was reaped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Pid { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTimeOffset? StartedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ExitInfo? Exit { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The names of its processes, <c>init</c> first; the method <c>processes</c> has the whole of them.</summary>
    public required IReadOnlyList<string> Processes { get; init; }
}
