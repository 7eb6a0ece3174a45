namespace Shimd.Protocol;

/// <summary>A container's or process's status: the OCI's words, and <c>unknown</c> where the truth cannot be had.</summary>
internal static class StatusWords
{
    public const string Creating = "creating";
    public const string Created = "created";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Stopped = "stopped";
    public const string Unknown = "unknown";

    public static ReadOnlySpan<string> All => s_all;

    private static readonly string[] s_all = [Creating, Created, Running, Paused, Stopped, Unknown];
}

/// <summary>Who learned of an exit: <see cref="ExitInfo.Source"/>.</summary>
internal static class ExitSources
{
    /// <summary>The shim reaped it.</summary>
    public const string Waited = "waited";

    /// <summary>The agent reaped it, the shim having died.</summary>
    public const string Reparented = "reparented";

    /// <summary>Read from the kernel through a pidfd, by a process that was not its parent.</summary>
    public const string PidFd = "pidfd";

    /// <summary>Nobody can know.</summary>
    public const string Lost = "lost";
}

/// <summary>Standard streams.</summary>
internal static class StreamNames
{
    public const string Stdin = "stdin";
    public const string Stdout = "stdout";
    public const string Stderr = "stderr";
}

/// <summary>Log formats and what a full log does.</summary>
internal static class LogWords
{
    public const string JsonFile = "json-file";
    public const string Cri = "cri";
    public const string Block = "block";
    public const string Drop = "drop";
}

/// <summary>The types of events: containerd's task events, and our own.</summary>
internal static class EventTypes
{
    public const string Create = "create";
    public const string Start = "start";
    public const string Exit = "exit";
    public const string Delete = "delete";
    public const string Paused = "paused";
    public const string Resumed = "resumed";
    public const string Checkpointed = "checkpointed";
    public const string Oom = "oom";
    public const string ExecAdded = "exec-added";
    public const string ExecStarted = "exec-started";
    public const string Updated = "updated";
    public const string ShimLost = "shim-lost";
    public const string AgentStarted = "agent-started";

    /// <summary>Something was missed: by a subscription, by an attach, or in the journal.</summary>
    public const string Gap = "gap";

    /// <summary>The first line of a journal file; never sent.</summary>
    public const string Epoch = "epoch";

    /// <summary>One container of a snapshot.</summary>
    public const string State = "state";

    /// <summary>The end of a snapshot.</summary>
    public const string Synced = "synced";

    /// <summary>A line of <c>logs</c>.</summary>
    public const string Log = "log";

    /// <summary>A piece of <c>attach</c>.</summary>
    public const string Output = "output";

    /// <summary>The last of <c>attach</c>: the process has ended, or nothing comes from it any more.</summary>
    public const string End = "end";

    /// <summary>What <c>subscribe</c> can filter by; the others come unasked.</summary>
    public static ReadOnlySpan<string> Subscribable => s_subscribable;

    private static readonly string[] s_subscribable =
    [
        Create, Start, Exit, Delete, Paused, Resumed, Checkpointed, Oom, ExecAdded, ExecStarted, Updated, ShimLost, AgentStarted, Gap,
    ];
}
