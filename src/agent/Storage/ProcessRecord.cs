using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>process.json: what the shim is to start. Written by the agent before the shim exists.</summary>
internal sealed class ProcessRecord : IStateRecord
{
    public long Version { get; set; } = IStateRecord.CurrentVersion;

    [JsonRequired]
    public string Container { get; set; } = "";

    [JsonRequired]
    public string Instance { get; set; } = "";

    /// <summary><c>init</c> or the exec's name.</summary>
    [JsonRequired]
    public string Process { get; set; } = "";

    /// <summary>A word of <see cref="ProcessAction"/>.</summary>
    [JsonRequired]
    public string Action { get; set; } = "";

    [JsonRequired]
    public string Bundle { get; set; } = "";

    [JsonRequired]
    public RuntimeRecord Runtime { get; set; } = new();

    /// <summary>The OCI process spec.</summary>
    internal JsonElement Spec
    {
        get => SpecJson.Element;
        set => SpecJson = new RawJson(value);
    }

    [JsonRequired]
    [JsonPropertyName("spec")]
    public RawJson SpecJson { get; set; } = new(default);

    public bool Terminal { get; set; }

    public StdioRecord Stdio { get; set; } = new();

    /// <summary>Where a stream is of kind <see cref="StreamKind.Log"/>: the log.</summary>
    public LogSettings? Log { get; set; }

    public bool NoPivot { get; set; }

    /// <summary>The checkpoint to go on from, for <see cref="ProcessAction.Restore"/>.</summary>
    public string? RestoreFrom { get; set; }

    public CheckpointOptions? RestoreOptions { get; set; }

    /// <summary>The owner of stdio inside a user namespace.</summary>
    public long RootUid { get; set; }

    public long RootGid { get; set; }

    /// <summary>The container has no pid namespace of its own: what is left of it does not end with init and has to be killed.</summary>
    public bool SharesPids { get; set; }

    /// <summary>How many processes the OOM killer had killed in the container's control group before this one was started.</summary>
    public long OomKillsBefore { get; set; }

    /// <summary>Where the kernel counts them, for an exec; for a container's own process there is no such file yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OomFile { get; set; }

    /// <summary>The boot in which it is started; for the time when running.json did not outlive a power cut. Null for an exec, whose running.json does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BootId { get; set; }

    /// <summary>How long one call of the runtime may take, in milliseconds.</summary>
    [JsonRequired]
    public long TimeoutMs { get; set; }

    public string? Problem() => Words.Problem("action", Action, ProcessAction.All)
        ?? Stdio.Stdin.Problem("stdin")
        ?? Stdio.Stdout.Problem("stdout")
        ?? Stdio.Stderr.Problem("stderr")
        ?? Log?.Problem();
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
internal sealed class StdioRecord
{
    public StreamRecord Stdin { get; set; } = StreamRecord.Null;

    public StreamRecord Stdout { get; set; } = StreamRecord.Null;

    public StreamRecord Stderr { get; set; } = StreamRecord.Null;

    /// <summary>The shim has inherited a fourth descriptor: a client that is attached from the first moment on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasClient { get; set; }
}

/// <summary>Where one stream leads.</summary>
internal sealed class StreamRecord
{
    public static readonly StreamRecord Null = new(StreamKind.Null);

    public StreamRecord()
    {
    }

    public StreamRecord(string kind, string? path = null)
    {
        Kind = kind;
        Path = path;
    }

    /// <summary>A word of <see cref="StreamKind"/>.</summary>
    [JsonRequired]
    public string Kind { get; set; } = "";

    /// <summary>Of a fifo or a file.</summary>
    public string? Path { get; set; }

    internal string? Problem(string stream) => Words.Problem($"stdio.{stream}.kind", Kind, StreamKind.All);
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

    /// <summary>A pipe to or from the shim, for attached clients only.</summary>
    public const string Attach = "attach";

    private static readonly string[] s_all = [Null, Fifo, File, Fd, Log, Attach];

    public static ReadOnlySpan<string> All => s_all;
}
