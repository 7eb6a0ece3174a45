using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary><c>{}</c>.</summary>
internal sealed record EmptyResult
{
    public static EmptyResult Instance { get; } = new();
}

internal sealed record ListResult
{
    public required IReadOnlyList<ContainerInfo> Containers { get; init; }

    /// <summary>What <c>after</c> takes for the next page; absent on the last.</summary>
    public string? Next { get; init; }
}

internal sealed record ProcessesResult
{
    public required IReadOnlyList<ProcessInfo> Processes { get; init; }

    /// <summary>More than fit one line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Truncated { get; init; }
}

internal sealed record PidsResult
{
    /// <summary>In the agent's PID namespace.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    /// <summary>More than fit one line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Truncated { get; init; }
}

internal sealed record LogsResult
{
    /// <summary>Where reading ended: what <c>from</c> takes to go on; null when there has never been a line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Cursor { get; init; }

    /// <summary>Lines sent.</summary>
    public required long Lines { get; init; }
}

internal sealed record AttachResult
{
    public required string Id { get; init; }

    public required string Process { get; init; }

    /// <summary>Whether the process has a terminal: one stream, and the client's own terminal should go raw.</summary>
    public required bool Terminal { get; init; }
}

internal sealed record SubscribeResult
{
    public required long Subscription { get; init; }

    public required string Epoch { get; init; }

    /// <summary>The last event before the subscription's first.</summary>
    public required long Seq { get; init; }
}
