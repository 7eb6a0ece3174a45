using System.Text.Json;

namespace Shimd.Storage;

/// <summary>A line of history.log: a request that changed the container, or tried to.</summary>
internal sealed record HistoryRecord : IRecord<HistoryRecord>
{
    public required DateTimeOffset Time { get; init; }

    public required string Method { get; init; }

    public string? Process { get; init; }

    /// <summary>The peer, by SO_PEERCRED.</summary>
    public required int Pid { get; init; }

    public required uint Uid { get; init; }

    public required long TookUsec { get; init; }

    public int? ErrorCode { get; init; }

    public string? ErrorName { get; init; }

    public string? ErrorMessage { get; init; }

    public static HistoryRecord Read(RecordReader from) => new()
    {
        Time = from.Time("time"),
        Method = from.Text("method"),
        Process = from.TextOrNone("process"),
        Pid = from.Int("pid"),
        Uid = from.UnsignedOrZero("uid"),
        TookUsec = from.Long("tookUsec"),
        ErrorCode = from.IntOrNone("errorCode"),
        ErrorName = from.TextOrNone("errorName"),
        ErrorMessage = from.TextOrNone("errorMessage"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("time", Time);
        json.WriteString("method", Method);
        json.TextIfAny("process", Process);
        json.WriteNumber("pid", Pid);
        json.WriteNumber("uid", Uid);
        json.WriteNumber("tookUsec", TookUsec);
        json.NumberIfAny("errorCode", ErrorCode);
        json.TextIfAny("errorName", ErrorName);
        json.TextIfAny("errorMessage", ErrorMessage);
    }
}
