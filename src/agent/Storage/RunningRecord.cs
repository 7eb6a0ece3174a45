using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>running.json: who the process is. Written by its parent, the shim, as soon as the pid is known.</summary>
internal sealed class RunningRecord : IStateRecord
{
    public long Version { get; set; } = IStateRecord.CurrentVersion;

    internal int Pid
    {
        get => (int)PidNumber;
        init => PidNumber = value;
    }

    [JsonRequired]
    [JsonPropertyName("pid")]
    public long PidNumber { get; set; }

    /// <summary>Field 22 of /proc/PID/stat, in clock ticks since boot: with the boot id it makes the pid unique.</summary>
    internal ulong StartTicks
    {
        get => (ulong)StartTicksNumber;
        init => StartTicksNumber = (long)value;
    }

    [JsonRequired]
    [JsonPropertyName("startTicks")]
    public long StartTicksNumber { get; set; }

    /// <summary>/proc/sys/kernel/random/boot_id.</summary>
    [JsonRequired]
    public string BootId { get; set; } = "";

    internal int ShimPid
    {
        get => (int)ShimPidNumber;
        init => ShimPidNumber = value;
    }

    [JsonRequired]
    [JsonPropertyName("shimPid")]
    public long ShimPidNumber { get; set; }

    internal DateTimeOffset At
    {
        get => RecordTime.Parse(AtText) ?? default;
        init => AtText = RecordTime.Format(value);
    }

    [JsonRequired]
    [JsonPropertyName("at")]
    public string AtText { get; set; } = "";

    public string? Problem() => RecordTime.Problem("at", AtText)
        ?? (PidNumber is > 0 and <= int.MaxValue && ShimPidNumber is >= 0 and <= int.MaxValue ? null : "its 'pid' or 'shimPid' can be no process");
}
