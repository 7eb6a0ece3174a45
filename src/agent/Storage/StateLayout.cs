namespace Shimd.Storage;

/// <summary>Every path below the state root, once. See docs/state.md for who writes what.</summary>
internal sealed class StateLayout(string root)
{
    /// <summary>Where the state lives unless told otherwise.</summary>
    public const string DefaultRoot = "/run/shimd";

    public string Root { get; } = root;

    public string AgentLock => Path.Combine(Root, "agent.lock");

    public string Socket => Path.Combine(Root, "shimd.sock");

    /// <summary>What the agent's start has unpacked, for clients; they have the name in Early, PublishedImage.</summary>
    public string Image => Path.Combine(Root, "image");

    public string EventJournal => Path.Combine(Root, "events.log");

    public string Containers => Path.Combine(Root, "containers");

    public string Quarantine => Path.Combine(Root, "quarantine");

    public string Runtimes => Path.Combine(Root, "runtime");

    /// <summary>The OCI runtime's own --root, so that nobody else's containers are touched.</summary>
    public string RuntimeRoot(string runtimeName) => Path.Combine(Runtimes, runtimeName);

    public ContainerDirectory Container(string id) => new(Path.Combine(Containers, id));
}

/// <summary>One container's directory.</summary>
internal readonly record struct ContainerDirectory(string Path)
{
    public const string TransitionName = "transition";

    public string Record => System.IO.Path.Combine(Path, "container.json");

    /// <summary>Who asked for what: a <see cref="HistoryRecord"/> a line; the one before it ends in .1.</summary>
    public string History => System.IO.Path.Combine(Path, "history.log");

    /// <summary>flock'ed by the agent while its runtime starts, pauses or resumes the container: the shim's clean-up waits for that.</summary>
    public string Transition => System.IO.Path.Combine(Path, TransitionName);

    /// <summary>How many kills of the OOM killer have been announced, in decimal: the journal forgets in the end.</summary>
    public string OomsAnnounced => System.IO.Path.Combine(Path, "oom.announced");

    public string Processes => System.IO.Path.Combine(Path, "processes");

    public ProcessDirectory Process(string name) => new(System.IO.Path.Combine(Processes, name));
}

/// <summary>One process's directory: the whole contract between the agent and the process's shim, whose working directory it is.</summary>
internal readonly record struct ProcessDirectory(string Path)
{
    public const string ControlName = "control";

    /// <summary>The environment variable with the soft limit of open files that the shim is to set for itself; 0 leaves it.</summary>
    public const string OpenFilesVariable = "SHIMD_SHIM_NOFILE";

    /// <summary>Environment of a shim: milliseconds without anything to do after which it rests, for the first time. For tests.</summary>
    public const string RestVariable = "SHIMD_SHIM_REST_MS";

    /// <summary><see cref="ContainerDirectory.Transition"/> as the shim, which runs inside, reaches it.</summary>
    public const string TransitionFromInside = $"../../{ContainerDirectory.TransitionName}";

    /// <summary>The shim's view: it runs inside.</summary>
    public static readonly ProcessDirectory Current = new("");

    public string Record => System.IO.Path.Combine(Path, "process.json");

    public string Exit => System.IO.Path.Combine(Path, "exit");

    public string Control => System.IO.Path.Combine(Path, ControlName);

    public string Lock => System.IO.Path.Combine(Path, "lock");

    public string Running => System.IO.Path.Combine(Path, "running.json");

    public string ExitRecord => System.IO.Path.Combine(Path, "exit.json");

    /// <summary>An empty file: the exit has been announced as an event.</summary>
    public string Announced => System.IO.Path.Combine(Path, "announced");

    /// <summary>An empty file: the shim died before the process, and that has been announced.</summary>
    public string ShimLost => System.IO.Path.Combine(Path, "shim-lost");

    /// <summary>Written by the runtime (--pid-file); what counts is <see cref="Running"/>.</summary>
    public string PidFile => System.IO.Path.Combine(Path, "pid");

    /// <summary>The OCI process spec of an exec, for the runtime (--process).</summary>
    public string ExecSpec => System.IO.Path.Combine(Path, "spec.json");

    /// <summary>The process's output, unless it is to go elsewhere; see <see cref="LogFiles"/>.</summary>
    public const string OutputLogName = "output.log";

    /// <summary>The shim's: how many bytes of the process's output could not be logged, as a decimal number.</summary>
    public string Dropped => System.IO.Path.Combine(Path, "output.dropped");

    public string RuntimeLog => System.IO.Path.Combine(Path, "runtime.log");

    public string ShimLog => System.IO.Path.Combine(Path, "shim.log");
}
