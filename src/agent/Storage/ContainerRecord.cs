using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>container.json: what the agent was asked for, and how far it has come.</summary>
internal sealed class ContainerRecord : IStateRecord
{
    public long Version { get; set; } = IStateRecord.CurrentVersion;

    [JsonRequired]
    public string Id { get; set; } = "";

    /// <summary>A new one for each create.</summary>
    [JsonRequired]
    public string Instance { get; set; } = "";

    [JsonRequired]
    public string Bundle { get; set; } = "";

    [JsonRequired]
    public RuntimeRecord Runtime { get; set; } = new();

    /// <summary>A word of <see cref="ContainerPhase"/>.</summary>
    [JsonRequired]
    public string Phase { get; set; } = "";

    public Dictionary<string, string> Labels { get; set; } = [];

    internal DateTimeOffset CreatedAt
    {
        get => RecordTime.Parse(CreatedAtText) ?? default;
        init => CreatedAtText = RecordTime.Format(value);
    }

    [JsonRequired]
    [JsonPropertyName("createdAt")]
    public string CreatedAtText { get; set; } = "";

    internal DateTimeOffset? StartedAt
    {
        get => RecordTime.Parse(StartedAtText);
        init => StartedAtText = value is { } time ? RecordTime.Format(time) : null;
    }

    [JsonPropertyName("startedAt")]
    public string? StartedAtText { get; set; }

    public string? Problem() => Words.Problem("phase", Phase, ContainerPhase.All)
        ?? RecordTime.Problem("createdAt", CreatedAtText)
        ?? RecordTime.Problem("startedAt", StartedAtText);

    /// <summary>The same container, further on.</summary>
    /// <param name="phase">A word of <see cref="ContainerPhase"/>.</param>
    /// <param name="startedAt">Null leaves it as it is.</param>
    public ContainerRecord In(string phase, DateTimeOffset? startedAt = null) => new()
    {
        Id = Id,
        Instance = Instance,
        Bundle = Bundle,
        Runtime = Runtime,
        Phase = phase,
        Labels = Labels,
        CreatedAt = CreatedAt,
        StartedAt = startedAt ?? StartedAt,
    };
}

/// <summary>How far a container has come; an …ing phase is an intent, written before the act.</summary>
internal static class ContainerPhase
{
    public const string Creating = "creating";
    public const string Created = "created";
    public const string Starting = "starting";
    public const string Running = "running";
    public const string Pausing = "pausing";
    public const string Paused = "paused";
    public const string Resuming = "resuming";
    public const string Stopped = "stopped";
    public const string Deleting = "deleting";

    private static readonly string[] s_all = [Creating, Created, Starting, Running, Pausing, Paused, Resuming, Stopped, Deleting];

    public static ReadOnlySpan<string> All => s_all;
}

/// <summary>The OCI runtime that a container belongs to for its whole life.</summary>
internal sealed class RuntimeRecord
{
    [JsonRequired]
    public string Name { get; set; } = "";

    [JsonRequired]
    public string Path { get; set; } = "";

    /// <summary>The runtime's --root.</summary>
    [JsonRequired]
    public string Root { get; set; } = "";

    /// <summary>Passed before the verb.</summary>
    public List<string> Arguments { get; set; } = [];

    public bool IsSameAs(RuntimeRecord other)
    {
        bool same = Name == other.Name && Path == other.Path && Root == other.Root && Arguments.Count == other.Arguments.Count;
        for (int i = 0; same && i < Arguments.Count; i++)
        {
            same = Arguments[i] == other.Arguments[i];
        }

        return same;
    }
}
