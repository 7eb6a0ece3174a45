namespace Shimd.Protocol;

/// <summary>
/// What a container uses, read from cgroup v1 or v2 into one shape. Null stands for a controller or file that is not there, and for a
/// limit that is not set. Times are microseconds: 2^53 nanoseconds of CPU time are used up in days on a large machine.
/// </summary>
internal sealed record StatsResult : IWireObject<StatsResult>
{
    public required string Id { get; init; }

    public required string Instance { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>1 or 2.</summary>
    public required int CgroupVersion { get; init; }

    public CpuStats? Cpu { get; init; }

    public MemoryStats? Memory { get; init; }

    public PidsStats? Pids { get; init; }

    /// <summary>One entry a block device.</summary>
    public IReadOnlyList<IoStats>? Io { get; init; }

    /// <summary>What supervising it costs.</summary>
    public ShimStats? Shim { get; init; }

    public static StatsResult Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.Text("instance"),
        Time = from.Time("time"),
        CgroupVersion = from.Int("cgroupVersion"),
        Cpu = from.ObjectOrNone<CpuStats>("cpu", WireNeed.OrNull),
        Memory = from.ObjectOrNone<MemoryStats>("memory", WireNeed.OrNull),
        Pids = from.ObjectOrNone<PidsStats>("pids", WireNeed.OrNull),
        Io = from.ObjectsOrNone<IoStats>("io", WireNeed.OrNull),
        Shim = from.ObjectOrNone<ShimStats>("shim", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.Text("instance", Instance);
        to.Time("time", Time);
        to.Number("cgroupVersion", CgroupVersion);
        to.Object("cpu", Cpu);
        to.Object("memory", Memory);
        to.Object("pids", Pids);
        to.Objects("io", Io);
        to.Object("shim", Shim);
    }
}

internal sealed record CpuStats : IWireObject<CpuStats>
{
    public required long UsageUsec { get; init; }

    public long? UserUsec { get; init; }

    public long? SystemUsec { get; init; }

    public long? Periods { get; init; }

    public long? ThrottledPeriods { get; init; }

    public long? ThrottledUsec { get; init; }

    public static CpuStats Read(WireReader from) => new()
    {
        UsageUsec = from.Long("usageUsec"),
        UserUsec = from.LongOrNone("userUsec", WireNeed.OrNull),
        SystemUsec = from.LongOrNone("systemUsec", WireNeed.OrNull),
        Periods = from.LongOrNone("periods", WireNeed.OrNull),
        ThrottledPeriods = from.LongOrNone("throttledPeriods", WireNeed.OrNull),
        ThrottledUsec = from.LongOrNone("throttledUsec", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Number("usageUsec", UsageUsec);
        to.Number("userUsec", UserUsec);
        to.Number("systemUsec", SystemUsec);
        to.Number("periods", Periods);
        to.Number("throttledPeriods", ThrottledPeriods);
        to.Number("throttledUsec", ThrottledUsec);
    }
}

internal sealed record MemoryStats : IWireObject<MemoryStats>
{
    public required long UsageBytes { get; init; }

    public long? PeakBytes { get; init; }

    public long? LimitBytes { get; init; }

    public long? SwapBytes { get; init; }

    /// <summary>Anonymous memory: what reclaim cannot simply drop.</summary>
    public long? AnonBytes { get; init; }

    /// <summary>Page cache.</summary>
    public long? FileBytes { get; init; }

    /// <summary>Processes the kernel's OOM killer has killed.</summary>
    public long? OomKills { get; init; }

    public static MemoryStats Read(WireReader from) => new()
    {
        UsageBytes = from.Long("usageBytes"),
        PeakBytes = from.LongOrNone("peakBytes", WireNeed.OrNull),
        LimitBytes = from.LongOrNone("limitBytes", WireNeed.OrNull),
        SwapBytes = from.LongOrNone("swapBytes", WireNeed.OrNull),
        AnonBytes = from.LongOrNone("anonBytes", WireNeed.OrNull),
        FileBytes = from.LongOrNone("fileBytes", WireNeed.OrNull),
        OomKills = from.LongOrNone("oomKills", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Number("usageBytes", UsageBytes);
        to.Number("peakBytes", PeakBytes);
        to.Number("limitBytes", LimitBytes);
        to.Number("swapBytes", SwapBytes);
        to.Number("anonBytes", AnonBytes);
        to.Number("fileBytes", FileBytes);
        to.Number("oomKills", OomKills);
    }
}

internal sealed record PidsStats : IWireObject<PidsStats>
{
    public required long Current { get; init; }

    public long? Limit { get; init; }

    public static PidsStats Read(WireReader from) => new()
    {
        Current = from.Long("current"),
        Limit = from.LongOrNone("limit", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Number("current", Current);
        to.Number("limit", Limit);
    }
}

internal sealed record IoStats : IWireObject<IoStats>
{
    /// <summary><c>major:minor</c>.</summary>
    public required string Device { get; init; }

    public required long ReadBytes { get; init; }

    public required long WriteBytes { get; init; }

    public required long Reads { get; init; }

    public required long Writes { get; init; }

    public static IoStats Read(WireReader from) => new()
    {
        Device = from.Text("device"),
        ReadBytes = from.Long("readBytes"),
        WriteBytes = from.Long("writeBytes"),
        Reads = from.Long("reads"),
        Writes = from.Long("writes"),
    };

    public void Write(WireWriter to)
    {
        to.Text("device", Device);
        to.Number("readBytes", ReadBytes);
        to.Number("writeBytes", WriteBytes);
        to.Number("reads", Reads);
        to.Number("writes", Writes);
    }
}

/// <summary>All shims of the container together.</summary>
internal sealed record ShimStats : IWireObject<ShimStats>
{
    public required int Count { get; init; }

    public required long RssBytes { get; init; }

    /// <summary>What would be freed if they ended.</summary>
    public long? PrivateDirtyBytes { get; init; }

    public long? CpuUsec { get; init; }

    /// <summary>Output that could not be logged, in bytes, of all the container's processes; null when none of them is logged.</summary>
    public long? DroppedBytes { get; init; }

    public static ShimStats Read(WireReader from) => new()
    {
        Count = from.Int("count"),
        RssBytes = from.Long("rssBytes"),
        PrivateDirtyBytes = from.LongOrNone("privateDirtyBytes", WireNeed.OrNull),
        CpuUsec = from.LongOrNone("cpuUsec", WireNeed.OrNull),
        DroppedBytes = from.LongOrNone("droppedBytes", WireNeed.OrNull),
    };

    public void Write(WireWriter to)
    {
        to.Number("count", Count);
        to.Number("rssBytes", RssBytes);
        to.Number("privateDirtyBytes", PrivateDirtyBytes);
        to.Number("cpuUsec", CpuUsec);
        to.Number("droppedBytes", DroppedBytes);
    }
}
