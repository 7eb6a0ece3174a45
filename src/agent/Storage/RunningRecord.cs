using System.Text.Json;

namespace Shimd.Storage;

/// <summary>running.json: who the process is. Written by its parent, the shim, as soon as the pid is known.</summary>
internal sealed record RunningRecord : IStateRecord<RunningRecord>
{
    public required int Pid { get; init; }

    /// <summary>Field 22 of /proc/PID/stat, in clock ticks since boot: with the boot id it makes the pid unique.</summary>
    public required ulong StartTicks { get; init; }

    /// <summary>/proc/sys/kernel/random/boot_id.</summary>
    public required string BootId { get; init; }

    public required int ShimPid { get; init; }

    public required DateTimeOffset At { get; init; }

    public static RunningRecord Read(RecordReader from) => new()
    {
        Pid = from.Int("pid"),
        StartTicks = from.Unsigned("startTicks"),
        BootId = from.Text("bootId"),
        ShimPid = from.Int("shimPid"),
        At = from.Time("at"),
    };

    public void Write(Utf8JsonWriter json)
    {
        StateFile.WriteVersion(json);
        json.WriteNumber("pid", Pid);
        json.WriteNumber("startTicks", StartTicks);
        json.WriteString("bootId", BootId);
        json.WriteNumber("shimPid", ShimPid);
        json.WriteString("at", At);
    }
}
