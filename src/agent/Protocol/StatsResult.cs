using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>
/// What a container uses, read from cgroup v1 or v2 into one shape. Null stands for a controller or file that is not there, and for a
/// limit that is not set. Times are microseconds: 2^53 nanoseconds of CPU time are used up in days on a large machine.
/// </summary>
internal sealed record StatsResult
{
    public required string Id { get; init; }

    public required string Instance { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>1 or 2.</summary>
    public required int CgroupVersion { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public CpuStats? Cpu { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public MemoryStats? Memory { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public PidsStats? Pids { get; init; }

    /// <summary>One entry a block device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<IoStats>? Io { get; init; }

    /// <summary>What supervising it costs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ShimStats? Shim { get; init; }
}

internal sealed record CpuStats
{
    public required long UsageUsec { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? UserUsec { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? SystemUsec { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? Periods { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? ThrottledPeriods { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? ThrottledUsec { get; init; }
}

internal sealed record MemoryStats
{
    public required long UsageBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? PeakBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? LimitBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? SwapBytes { get; init; }

    /// <summary>Anonymous memory: what reclaim cannot simply drop.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? AnonBytes { get; init; }

    /// <summary>Page cache.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? FileBytes { get; init; }

    /// <summary>Processes the kernel's OOM killer has killed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? OomKills { get; init; }
}

internal sealed record PidsStats
{
    public required long Current { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? Limit { get; init; }
}

internal sealed record IoStats
{
    /// <summary><c>major:minor</c>.</summary>
    public required string Device { get; init; }

    public required long ReadBytes { get; init; }

    public required long WriteBytes { get; init; }

    public required long Reads { get; init; }

    public required long Writes { get; init; }
}

/// <summary>All shims of the container together.</summary>
internal sealed record ShimStats
{
    public required int Count { get; init; }

    public required long RssBytes { get; init; }

    /// <summary>What would be freed if they ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? PrivateDirtyBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? CpuUsec { get; init; }
}
