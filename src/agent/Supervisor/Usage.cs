using System.Globalization;
using System.Text;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>pids and stats: what a container has and uses, from cgroup v1 or v2 in one shape.</summary>
internal sealed class Usage(Agency agency)
{
    private const int MaxPids = 5_000;
    private const long UsecPerTick = 10_000;

    /// <summary>pids: all in the container's control group; none once it has stopped.</summary>
    public PidsResult Pids(ContainerParams request)
    {
        List<int> pids = CgroupOf(agency.Find(request.Id, request.Instance))?.Pids() ?? [];
        bool truncated = pids.Count > MaxPids;
        return new PidsResult { Pids = truncated ? pids.GetRange(0, MaxPids) : pids, Truncated = truncated };
    }

    /// <summary>stats of a container that has not stopped.</summary>
    /// <exception cref="ShimdException">BAD_STATE.</exception>
    public StatsResult Stats(ContainerParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        Cgroup cgroup = CgroupOf(container) ?? throw ShimdException.BadState("measure", container.Status);
        return new StatsResult
        {
            Id = container.Id,
            Instance = container.Record.Instance,
            Time = DateTimeOffset.UtcNow,
            CgroupVersion = cgroup.Version,
            Cpu = cgroup.Version == 2 ? CpuV2(cgroup) : CpuV1(cgroup),
            Memory = cgroup.Version == 2 ? MemoryV2(cgroup) : MemoryV1(cgroup),
            Pids = cgroup.ReadNumber("pids", "pids.current") is { } current
                ? new PidsStats { Current = current, Limit = cgroup.ReadNumber("pids", "pids.max") }
                : null,
            Io = cgroup.Version == 2 ? IoV2(cgroup) : IoV1(cgroup),
            Shim = Shims(container),
        };
    }

    private static Cgroup? CgroupOf(Container container)
        => container.Init is { Exit: null, Running: { } running } ? Cgroup.Of(running.Pid) : null;

    private static CpuStats? CpuV2(Cgroup cgroup)
    {
        IReadOnlyDictionary<string, long> stat = cgroup.ReadPairs("cpu", "cpu.stat");
        return stat.TryGetValue("usage_usec", out long usage)
            ? new CpuStats
            {
                UsageUsec = usage,
                UserUsec = Find(stat, "user_usec"),
                SystemUsec = Find(stat, "system_usec"),
                Periods = Find(stat, "nr_periods"),
                ThrottledPeriods = Find(stat, "nr_throttled"),
                ThrottledUsec = Find(stat, "throttled_usec"),
            }
            : null;
    }

    private static CpuStats? CpuV1(Cgroup cgroup)
    {
        if (cgroup.ReadNumber("cpuacct", "cpuacct.usage") is not { } usageNsec)
        {
            return null;
        }

        IReadOnlyDictionary<string, long> split = cgroup.ReadPairs("cpuacct", "cpuacct.stat");
        IReadOnlyDictionary<string, long> stat = cgroup.ReadPairs("cpu", "cpu.stat");
        return new CpuStats
        {
            UsageUsec = usageNsec / 1000,
            UserUsec = Find(split, "user") * UsecPerTick,
            SystemUsec = Find(split, "system") * UsecPerTick,
            Periods = Find(stat, "nr_periods"),
            ThrottledPeriods = Find(stat, "nr_throttled"),
            ThrottledUsec = Find(stat, "throttled_time") / 1000,
        };
    }

    private static MemoryStats? MemoryV2(Cgroup cgroup)
    {
        IReadOnlyDictionary<string, long> stat = cgroup.ReadPairs("memory", "memory.stat");
        return cgroup.ReadNumber("memory", "memory.current") is { } usage
            ? new MemoryStats
            {
                UsageBytes = usage,
                PeakBytes = cgroup.ReadNumber("memory", "memory.peak"),
                LimitBytes = cgroup.ReadNumber("memory", "memory.max"),
                SwapBytes = cgroup.ReadNumber("memory", "memory.swap.current"),
                AnonBytes = Find(stat, "anon"),
                FileBytes = Find(stat, "file"),
                OomKills = cgroup.OomKills(),
            }
            : null;
    }

    private static MemoryStats? MemoryV1(Cgroup cgroup)
    {
        IReadOnlyDictionary<string, long> stat = cgroup.ReadPairs("memory", "memory.stat");
        if (cgroup.ReadNumber("memory", "memory.usage_in_bytes") is not { } usage)
        {
            return null;
        }

        // Version 1 says "no limit" by a number near 2^63, rounded to a page: beyond what the protocol's integers hold.
        long? limit = cgroup.ReadNumber("memory", "memory.limit_in_bytes");
        return new MemoryStats
        {
            UsageBytes = usage,
            PeakBytes = cgroup.ReadNumber("memory", "memory.max_usage_in_bytes"),
            LimitBytes = limit > Limits.MaxInteger ? null : limit,
            SwapBytes = Find(stat, "total_swap") ?? Find(stat, "swap"),
            AnonBytes = Find(stat, "total_rss") ?? Find(stat, "rss"),
            FileBytes = Find(stat, "total_cache") ?? Find(stat, "cache"),
            OomKills = cgroup.OomKills(),
        };
    }

    private static List<IoStats>? IoV2(Cgroup cgroup)
    {
        if (cgroup.ReadText("io", "io.stat") is not { } text)
        {
            return null;
        }

        List<IoStats> devices = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ');
            devices.Add(new IoStats
            {
                Device = fields[0],
                ReadBytes = Value(fields, "rbytes="),
                WriteBytes = Value(fields, "wbytes="),
                Reads = Value(fields, "rios="),
                Writes = Value(fields, "wios="),
            });
        }

        return devices;
    }

    private static long Value(string[] fields, string key)
    {
        foreach (string field in fields)
        {
            if (field.StartsWith(key, StringComparison.Ordinal))
            {
                return Parse(field[key.Length..]);
            }
        }

        return 0;
    }

    private static List<IoStats>? IoV1(Cgroup cgroup)
    {
        string? bytes = cgroup.ReadText("blkio", "blkio.throttle.io_service_bytes");
        string? counts = cgroup.ReadText("blkio", "blkio.throttle.io_serviced");
        if (bytes is null || counts is null)
        {
            return null;
        }

        Dictionary<string, long> byBytes = ParseIo(bytes);
        Dictionary<string, long> byCount = ParseIo(counts);
        List<IoStats> devices = [];
        foreach (string key in byBytes.Keys)
        {
            string device = key[..key.IndexOf(' ', StringComparison.Ordinal)];
            if (devices.Exists(known => known.Device == device))
            {
                continue;
            }

            devices.Add(new IoStats
            {
                Device = device,
                ReadBytes = byBytes.GetValueOrDefault($"{device} Read"),
                WriteBytes = byBytes.GetValueOrDefault($"{device} Write"),
                Reads = byCount.GetValueOrDefault($"{device} Read"),
                Writes = byCount.GetValueOrDefault($"{device} Write"),
            });
        }

        return devices;
    }

    /// <summary>Lines <c>major:minor Operation number</c>, by their first two words; the total, which has no device, is left out.</summary>
    private static Dictionary<string, long> ParseIo(string text)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ');
            if (fields.Length == 3)
            {
                result[$"{fields[0]} {fields[1]}"] = Parse(fields[2]);
            }
        }

        return result;
    }

    private static ShimStats Shims(Container container)
    {
        int count = 0;
        long rss = 0;
        long dirty = 0;
        long? dropped = null;
        foreach (SupervisedProcess process in container.Processes.Values)
        {
            dropped = process.Record.Log is null ? dropped : (dropped ?? 0) + DroppedBy(process);
            if (process.Running is not { } running || ShimEnd.HasEnded(process.Directory))
            {
                continue;
            }

            count++;
            SysResult<byte[]> rollup = NativeFile.ReadAll($"/proc/{running.ShimPid}/smaps_rollup");
            foreach (string line in Encoding.ASCII.GetString(rollup.Value ?? []).Split('\n'))
            {
                rss += line.StartsWith("Rss:", StringComparison.Ordinal) ? Kilobytes(line) : 0;
                dirty += line.StartsWith("Private_Dirty:", StringComparison.Ordinal) ? Kilobytes(line) : 0;
            }
        }

        return new ShimStats { Count = count, RssBytes = rss, PrivateDirtyBytes = dirty, DroppedBytes = dropped };
    }

    /// <summary>By the count that its shim keeps.</summary>
    private static long DroppedBy(SupervisedProcess process)
    {
        SysResult<byte[]> count = NativeFile.ReadAll(process.Directory.Dropped);
        return long.TryParse(Encoding.ASCII.GetString(count.Value ?? []).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0;
    }

    private static long Kilobytes(string line) => Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;

    private static long Parse(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static long? Find(IReadOnlyDictionary<string, long> pairs, string key)
        => pairs.TryGetValue(key, out long value) ? value : null;
}
