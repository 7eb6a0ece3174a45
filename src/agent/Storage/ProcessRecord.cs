using System.Text.Json;

namespace Shimd.Storage;

/// <summary>process.json: what the shim is to start. Written by the agent before the shim exists.</summary>
internal sealed record ProcessRecord : IStateRecord<ProcessRecord>
{
    public required string Container { get; init; }

    public required string Instance { get; init; }

    /// <summary><c>init</c> or the exec's name.</summary>
    public required string Process { get; init; }

    /// <summary>A word of <see cref="ProcessAction"/>.</summary>
    public required string Action { get; init; }

    public required string Bundle { get; init; }

    public required RuntimeRecord Runtime { get; init; }

    /// <summary>The OCI process spec.</summary>
    public required JsonElement Spec { get; init; }

    public bool Terminal { get; init; }

    public StdioRecord Stdio { get; init; } = new();

    /// <summary>Where a stream is of kind <see cref="StreamKind.Log"/>: the log.</summary>
    public LogSettings? Log { get; init; }

    public bool NoPivot { get; init; }

    /// <summary>The checkpoint to go on from, for <see cref="ProcessAction.Restore"/>.</summary>
    public string? RestoreFrom { get; init; }

    public CheckpointOptions? RestoreOptions { get; init; }

    /// <summary>The owner of stdio inside a user namespace.</summary>
    public uint RootUid { get; init; }

    public uint RootGid { get; init; }

    /// <summary>The container has no pid namespace of its own: what is left of it does not end with init and has to be killed.</summary>
    public bool SharesPids { get; init; }

    /// <summary>How long one call of the runtime may take, in milliseconds.</summary>
    public required int TimeoutMs { get; init; }

    public static ProcessRecord Read(RecordReader from) => new()
    {
        Container = from.Text("container"),
        Instance = from.Text("instance"),
        Process = from.Text("process"),
        Action = from.Word("action", ProcessAction.All),
        Bundle = from.Text("bundle"),
        Runtime = from.Object<RuntimeRecord>("runtime"),
        Spec = from.Json("spec"),
        Terminal = from.FlagOrFalse("terminal"),
        Stdio = from.ObjectOrNone<StdioRecord>("stdio") ?? new StdioRecord(),
        Log = from.ObjectOrNone<LogSettings>("log"),
        NoPivot = from.FlagOrFalse("noPivot"),
        RestoreFrom = from.TextOrNone("restoreFrom"),
        RestoreOptions = from.ObjectOrNone<CheckpointOptions>("restoreOptions"),
        RootUid = from.UnsignedOrZero("rootUid"),
        RootGid = from.UnsignedOrZero("rootGid"),
        SharesPids = from.FlagOrFalse("sharesPids"),
        TimeoutMs = from.Int("timeoutMs"),
    };

    public void Write(Utf8JsonWriter json)
    {
        StateFile.WriteVersion(json);
        json.WriteString("container", Container);
        json.WriteString("instance", Instance);
        json.WriteString("process", Process);
        json.WriteString("action", Action);
        json.WriteString("bundle", Bundle);
        json.Object("runtime", Runtime);
        json.WritePropertyName("spec");
        Spec.WriteTo(json);
        json.WriteBoolean("terminal", Terminal);
        json.Object("stdio", Stdio);
        json.ObjectIfAny("log", Log);
        json.WriteBoolean("noPivot", NoPivot);
        json.TextIfAny("restoreFrom", RestoreFrom);
        json.ObjectIfAny("restoreOptions", RestoreOptions);
        json.WriteNumber("rootUid", RootUid);
        json.WriteNumber("rootGid", RootGid);
        json.WriteBoolean("sharesPids", SharesPids);
        json.WriteNumber("timeoutMs", TimeoutMs);
    }
}

/// <summary>What the shim asks of the runtime.</summary>
internal static class ProcessAction
{
    public const string Create = "create";
    public const string Run = "run";
    public const string Exec = "exec";
    public const string Restore = "restore";

    private static readonly string[] s_all = [Create, Run, Exec, Restore];

    public static ReadOnlySpan<string> All => s_all;
}

/// <summary>Where the three streams lead.</summary>
internal sealed record StdioRecord : IRecord<StdioRecord>
{
    public StreamRecord Stdin { get; init; } = StreamRecord.Null;

    public StreamRecord Stdout { get; init; } = StreamRecord.Null;

    public StreamRecord Stderr { get; init; } = StreamRecord.Null;

    public static StdioRecord Read(RecordReader from) => new()
    {
        Stdin = from.ObjectOrNone<StreamRecord>("stdin") ?? StreamRecord.Null,
        Stdout = from.ObjectOrNone<StreamRecord>("stdout") ?? StreamRecord.Null,
        Stderr = from.ObjectOrNone<StreamRecord>("stderr") ?? StreamRecord.Null,
    };

    public void Write(Utf8JsonWriter json)
    {
        json.Object("stdin", Stdin);
        json.Object("stdout", Stdout);
        json.Object("stderr", Stderr);
    }
}

/// <summary>Where one stream leads; <paramref name="Kind"/> is a word of <see cref="StreamKind"/>.</summary>
internal sealed record StreamRecord(string Kind, string? Path = null) : IRecord<StreamRecord>
{
    public static readonly StreamRecord Null = new(StreamKind.Null);

    public static StreamRecord Read(RecordReader from) => new(from.Word("kind", StreamKind.All), from.TextOrNone("path"));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("kind", Kind);
        json.TextIfAny("path", Path);
    }
}

/// <summary>The kinds of stdio.</summary>
internal static class StreamKind
{
    public const string Null = "null";
    public const string Fifo = "fifo";
    public const string File = "file";

    /// <summary>A descriptor that the client passed; the shim has inherited it.</summary>
    public const string Fd = "fd";

    /// <summary>A pipe to the shim, which writes the log; clients may be attached as well.</summary>
    public const string Log = "log";

    /// <summary>A pipe to the shim, for attached clients only.</summary>
    public const string Attach = "attach";

    private static readonly string[] s_all = [Null, Fifo, File, Fd, Log, Attach];

    public static ReadOnlySpan<string> All => s_all;
}
