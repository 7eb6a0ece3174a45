using Microsoft.Extensions.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>What the supervisor was started with.</summary>
internal sealed record SupervisorOptions
{
    public required StateLayout Layout { get; init; }

    /// <summary>The runtime for containers that name none: a name or a path; null takes the first that is found.</summary>
    public string? Runtime { get; init; }

    /// <summary>The executable that is started as <c>shim</c>.</summary>
    public required string ShimPath { get; init; }

    /// <summary>The soft limit of open files that shims, and so containers, get: not the agent's own.</summary>
    public ulong ShimOpenFiles { get; init; }

    /// <summary>What becomes of a process whose shim has died.</summary>
    public OnShimLoss OnShimLoss { get; init; } = OnShimLoss.Kill;

    /// <summary>How long one call of a runtime may take, unless a request says otherwise.</summary>
    public required TimeSpan RuntimeTimeout { get; init; }
}

/// <summary>What the parts of the supervisor share: the loop, the containers, and the means to act on them.</summary>
internal sealed class Agency(EventLoop loop, Reaper reaper, SupervisorOptions options, ILogger logger)
{
    public EventLoop Loop { get; } = loop;

    public Reaper Reaper { get; } = reaper;

    public SupervisorOptions Options { get; } = options;

    public ILogger Logger { get; } = logger;

    public StateLayout Layout => Options.Layout;

    public EventLog Events { get; } = new(options.Layout.EventJournal);

    public ExitMonitor Monitor { get; } = new(loop);

    public ShimLauncher Launcher { get; } = new(loop, reaper, options);

    /// <summary>What is executed for the runtime.</summary>
    public SealedProgram Program { get; } = new();

    public MountTable Mounts { get; } = new();

    /// <summary>What a start waits for in the kernel.</summary>
    public GracePeriod GracePeriod { get; } = new();

    public ContainerTable Containers { get; } = new();

    /// <summary>The container, checked to be the one that is meant.</summary>
    /// <exception cref="ShimdException">NOT_FOUND, CONFLICT.</exception>
    public Container Find(string id, string? instance)
    {
        Container container = Containers.TryGet(id, out Container? found) && !found.IsLeaving ? found : throw ShimdException.NotFound($"container {id}");
        return instance is null || instance == container.Record.Instance
            ? container
            : throw ShimdException.Conflict(id, instance, container.Record.Instance);
    }

    /// <summary>Calls the container's runtime.</summary>
    /// <exception cref="ShimdException">TIMEOUT, RUNTIME_MISSING, RUNTIME_FAILED.</exception>
    public async Task<RuntimeOutcome> InvokeAsync(Container container, IReadOnlyList<string> verb)
    {
        RuntimeOutcome outcome = await TryInvokeAsync(container, verb);
        return outcome.Succeeded ? outcome : throw Failure.Of(verb[0], outcome);
    }

    /// <summary>Calls the container's runtime; a failure is the caller's to judge.</summary>
    /// <param name="container">Whose runtime.</param>
    /// <param name="verb">Of <see cref="RuntimeCommand"/>.</param>
    /// <param name="held">A lock that the call holds, too; borrowed.</param>
    /// <param name="deadline">If not that of the options.</param>
    public Task<RuntimeOutcome> TryInvokeAsync(Container container, IReadOnlyList<string> verb, Fd? held = null, TimeSpan? deadline = null)
    {
        var runtime = new OciRuntime(Loop, Reaper, container.Record.Runtime, Program.Of(container.Record.Runtime));
        string log = container.Directory.Process(Identifier.Init).RuntimeLog;
        Fd?[]? descriptors = held is null ? null : [null, null, null, held];
        return runtime.InvokeAsync(verb, log, deadline ?? Options.RuntimeTimeout, descriptors);
    }

    /// <summary>Where the container is in its runtime's word; null when that does not say.</summary>
    public async Task<string?> StatusAsync(Container container, TimeSpan deadline)
    {
        RuntimeOutcome outcome = await TryInvokeAsync(container, RuntimeCommand.State(container.Id), deadline: deadline);
        return outcome.Succeeded ? RuntimeState.StatusIn(outcome.Output) : null;
    }

    /// <summary>Numbers and announces an event of a container.</summary>
    public void Announce(Container container, string type, Func<EventMessage, EventMessage>? with = null)
    {
        var message = new EventMessage { Type = type, Id = container.Id, Instance = container.Record.Instance };
        Events.Append(with is null ? message : with(message));
    }
}
