using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>
/// What every state file begins with: readers ignore members they do not know, and refuse a newer version. A member that an older
/// version did not write has its default; for the generated reader sets what is missing to null, and the setters keep what they have.
/// </summary>
internal interface IStateRecord
{
    const int CurrentVersion = 1;

    int Version { get; }
}

/// <summary>container.json: what the agent was asked for, and how far it has come.</summary>
internal sealed record ContainerRecord : IStateRecord
{
    public int Version { get; init; } = IStateRecord.CurrentVersion;

    public required string Id { get; init; }

    /// <summary>A new one for each create.</summary>
    public required string Instance { get; init; }

    public required string Bundle { get; init; }

    public required RuntimeRecord Runtime { get; init; }

    public required ContainerPhase Phase { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? field; } = new Dictionary<string, string>();

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>How far a container has come; an …ing phase is an intent, written before the act.</summary>
[JsonConverter(typeof(ContainerPhaseConverter))]
internal enum ContainerPhase
{
    Creating,
    Created,
    Starting,
    Running,
    Pausing,
    Paused,
    Resuming,
    Stopped,
    Deleting,
}

/// <summary>The OCI runtime that a container belongs to for its whole life.</summary>
internal sealed record RuntimeRecord
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    /// <summary>The runtime's --root.</summary>
    public required string Root { get; init; }

    /// <summary>Passed before the verb.</summary>
    public IReadOnlyList<string> Arguments { get; init => field = value ?? field; } = [];
}

/// <summary>process.json: what the shim is to start. Written by the agent before the shim exists.</summary>
internal sealed record ProcessRecord : IStateRecord
{
    public int Version { get; init; } = IStateRecord.CurrentVersion;

    public required string Container { get; init; }

    public required string Instance { get; init; }

    /// <summary><c>init</c> or the exec's name.</summary>
    public required string Process { get; init; }

    public required ProcessAction Action { get; init; }

    public required string Bundle { get; init; }

    public required RuntimeRecord Runtime { get; init; }

    /// <summary>The OCI process spec.</summary>
    public required JsonElement Spec { get; init; }

    public bool Terminal { get; init; }

    public StdioRecord Stdio { get; init => field = value ?? field; } = new();

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
}

/// <summary>What the shim asks of the runtime.</summary>
[JsonConverter(typeof(ProcessActionConverter))]
internal enum ProcessAction
{
    Create,
    Run,
    Exec,
    Restore,
}

/// <summary>How CRIU is to treat what reaches beyond the container. A restore needs the options of its checkpoint, so they are kept
/// beside the images.</summary>
internal sealed record CheckpointOptions : IStateRecord
{
    public const string FileName = "shimd-checkpoint.json";

    public int Version { get; init; } = IStateRecord.CurrentVersion;

    public bool TcpEstablished { get; init; }

    public bool ShellJob { get; init; }

    public bool ExtUnixSk { get; init; }

    /// <summary>Namespaces to make but not to restore.</summary>
    public IReadOnlyList<string> EmptyNs { get; init => field = value ?? field; } = [];
}

/// <summary>Where the three streams lead.</summary>
internal sealed record StdioRecord
{
    public StreamRecord Stdin { get; init => field = value ?? field; } = StreamRecord.Null;

    public StreamRecord Stdout { get; init => field = value ?? field; } = StreamRecord.Null;

    public StreamRecord Stderr { get; init => field = value ?? field; } = StreamRecord.Null;
}

/// <summary>Where one stream leads.</summary>
internal sealed record StreamRecord(StreamKind Kind, string? Path = null)
{
    public static readonly StreamRecord Null = new(StreamKind.Null);
}

/// <summary>The kinds of stdio.</summary>
[JsonConverter(typeof(StreamKindConverter))]
internal enum StreamKind
{
    Null,
    Fifo,
    File,

    /// <summary>A descriptor that the client passed; the shim has inherited it.</summary>
    Fd,
}

/// <summary>running.json: who the process is. Written by its parent, the shim, as soon as the pid is known.</summary>
internal sealed record RunningRecord : IStateRecord
{
    public int Version { get; init; } = IStateRecord.CurrentVersion;

    public required int Pid { get; init; }

    /// <summary>Field 22 of /proc/PID/stat, in clock ticks since boot: with the boot id it makes the pid unique.</summary>
    public required ulong StartTicks { get; init; }

    /// <summary>/proc/sys/kernel/random/boot_id.</summary>
    public required string BootId { get; init; }

    public required int ShimPid { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>exit.json: how a process ended. Written before anybody is told.</summary>
internal sealed record ExitRecord : IStateRecord
{
    public int Version { get; init; } = IStateRecord.CurrentVersion;

    /// <summary>0–255, 128 + signal when signalled; null when nobody can know.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? Code { get; init; }

    /// <summary>The signal's number, or null.</summary>
    public int? Signal { get; init; }

    public bool CoreDumped { get; init; }

    public bool OomKilled { get; init; }

    public required DateTimeOffset At { get; init; }

    public required ExitSource Source { get; init; }

    /// <summary>Why nobody can know, when <see cref="Source"/> is <see cref="ExitSource.Lost"/>.</summary>
    public string? Reason { get; init; }
}

/// <summary>A line of history.log: a request that changed the container, or tried to.</summary>
internal sealed record HistoryRecord
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
}

/// <summary>Where the truth about an exit comes from.</summary>
[JsonConverter(typeof(ExitSourceConverter))]
internal enum ExitSource
{
    /// <summary>The shim reaped the process.</summary>
    Waited,

    /// <summary>The agent reaped it, after the shim had died.</summary>
    Reparented,

    /// <summary>Read from the kernel by a non-parent.</summary>
    Pidfd,

    /// <summary>Nobody can know.</summary>
    Lost,
}
