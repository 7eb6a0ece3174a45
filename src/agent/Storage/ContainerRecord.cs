using System.Text.Json;

namespace Shimd.Storage;

/// <summary>container.json: what the agent was asked for, and how far it has come.</summary>
internal sealed record ContainerRecord : IStateRecord<ContainerRecord>
{
    public required string Id { get; init; }

    /// <summary>A new one for each create.</summary>
    public required string Instance { get; init; }

    public required string Bundle { get; init; }

    public required RuntimeRecord Runtime { get; init; }

    /// <summary>A word of <see cref="ContainerPhase"/>.</summary>
    public required string Phase { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public static ContainerRecord Read(RecordReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.Text("instance"),
        Bundle = from.Text("bundle"),
        Runtime = from.Object<RuntimeRecord>("runtime"),
        Phase = from.Word("phase", ContainerPhase.All),
        Labels = from.TextMapOrEmpty("labels"),
        CreatedAt = from.Time("createdAt"),
        StartedAt = from.TimeOrNone("startedAt"),
    };

    public void Write(Utf8JsonWriter json)
    {
        StateFile.WriteVersion(json);
        json.WriteString("id", Id);
        json.WriteString("instance", Instance);
        json.WriteString("bundle", Bundle);
        json.Object("runtime", Runtime);
        json.WriteString("phase", Phase);
        json.WriteStartObject("labels");
        foreach ((string name, string value) in Labels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteString("createdAt", CreatedAt);
        if (StartedAt is { } time)
        {
            json.WriteString("startedAt", time);
        }
    }
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
internal sealed record RuntimeRecord : IRecord<RuntimeRecord>
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>The runtime's --root.</summary>
    public required string Root { get; init; }

    /// <summary>Passed before the verb.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public static RuntimeRecord Read(RecordReader from) => new()
    {
        Name = from.Text("name"),
        Path = from.Text("path"),
        Root = from.Text("root"),
        Arguments = from.TextsOrEmpty("arguments"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("name", Name);
        json.WriteString("path", Path);
        json.WriteString("root", Root);
        json.Texts("arguments", Arguments);
    }
}
