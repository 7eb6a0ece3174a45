using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>A line of history.log: a request that changed the container, or tried to.</summary>
internal sealed class HistoryRecord
{
    internal DateTimeOffset Time
    {
        get => RecordTime.Parse(TimeText) ?? default;
        init => TimeText = RecordTime.Format(value);
    }

    [JsonRequired]
    [JsonPropertyName("time")]
    public string TimeText { get; set; } = "";

    [JsonRequired]
    public string Method { get; set; } = "";

    public string? Process { get; set; }

    /// <summary>The peer, by SO_PEERCRED.</summary>
    internal int Pid
    {
        get => (int)PidNumber;
        init => PidNumber = value;
    }

    [JsonRequired]
    [JsonPropertyName("pid")]
    public long PidNumber { get; set; }

    internal uint Uid
    {
        get => (uint)UidNumber;
        init => UidNumber = value;
    }

    [JsonRequired]
    [JsonPropertyName("uid")]
    public long UidNumber { get; set; }

    [JsonRequired]
    public long TookUsec { get; set; }

    internal int? ErrorCode
    {
        get => ErrorCodeNumber?.Value;
        init => ErrorCodeNumber = Number.Of(value);
    }

    [JsonPropertyName("errorCode")]
    public Number? ErrorCodeNumber { get; set; }

    public string? ErrorName { get; set; }

    public string? ErrorMessage { get; set; }
}
