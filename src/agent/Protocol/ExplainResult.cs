using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>A container's life, step by step.</summary>
internal sealed record ExplainResult
{
    public required string Id { get; init; }

    public required string Instance { get; init; }

    public required string Status { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<ExplainStep> Steps { get; init; }

    /// <summary>Steps are missing at the beginning: forgotten, or more than fit one line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Truncated { get; init; }
}

internal sealed record ExplainStep
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>What was done: <c>create</c>, <c>runtime create</c>, <c>exit</c>.</summary>
    public required string Step { get; init; }

    public string? Process { get; init; }

    /// <summary>Who asked for it; absent for what happened by itself.</summary>
    public ExplainActor? By { get; init; }

    /// <summary>How long it took, in microseconds.</summary>
    public long? TookUsec { get; init; }

    /// <summary>In words.</summary>
    public string? Detail { get; init; }

    public ExplainError? Error { get; init; }
}

/// <summary>The peer of the connection, by SO_PEERCRED.</summary>
internal sealed record ExplainActor
{
    public required int Pid { get; init; }

    public required long Uid { get; init; }
}

internal sealed record ExplainError
{
    public required int Code { get; init; }

    /// <summary>The code's frozen name.</summary>
    public required string Name { get; init; }

    public required string Message { get; init; }
}
