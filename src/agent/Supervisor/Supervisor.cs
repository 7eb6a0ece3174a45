using Microsoft.Extensions.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>All that can be asked of the agent about containers. Requests come in here, whoever carried them.</summary>
internal sealed class Supervisor : IDisposable
{
    /// <summary>A shim that does not answer in that time is hung, or older than the answer.</summary>
    private static readonly TimeSpan s_toldDeadline = TimeSpan.FromSeconds(2);

    private readonly Agency _agency;
    private readonly Creation _creation;
    private readonly Execs _execs;
    private readonly Operations _operations;
    private readonly Signals _signals;
    private readonly Queries _queries;
    private readonly Usage _usage;
    private readonly Timeline _timeline;
    private readonly Logs _logs;
    private readonly Removal _removal;
    private readonly Recovery _recovery;

    public Supervisor(EventLoop loop, Reaper reaper, SupervisorOptions options, ILogger logger)
    {
        _agency = new Agency(loop, reaper, options, logger);
        var oom = new OomWatcher(_agency);
        var exits = new Exits(_agency, oom);
        var launcher = new ProcessLauncher(_agency);
        _removal = new Removal(_agency);
        _creation = new Creation(_agency, launcher, exits, oom, _removal);
        _execs = new Execs(_agency, launcher, exits);
        _operations = new Operations(_agency);
        _signals = new Signals(_agency);
        _queries = new Queries(_agency);
        _usage = new Usage(_agency);
        _timeline = new Timeline(_agency);
        _logs = new Logs(_agency);
        Attachments = new Attachments(_agency);
        _recovery = new Recovery(_agency, exits, oom, new Unfinished(_agency, _creation, _execs, _removal));
        _ = new ShimLoss(_agency, exits);
    }

    /// <summary>attach.</summary>
    public Attachments Attachments { get; }

    public EventLog Events => _agency.Events;

    /// <summary>The OCI runtimes on this machine, the one that is used by default first.</summary>
    public static IReadOnlyList<FoundRuntime> Runtimes => RuntimeFinder.FindAll();

    /// <summary>Takes over everything that the state root tells of. Before the first request.</summary>
    public void Restore() => _recovery.Restore();

    /// <summary>From here on requests are answered.</summary>
    public void AnnounceStarted() => Events.Append(new EventMessage { Type = EventTypes.AgentStarted, Pid = Environment.ProcessId });

    /// <summary>create and, with <paramref name="start"/>, run. The descriptors are borrowed.</summary>
    public Task<ContainerInfo> CreateAsync(CreateParams request, bool start, IReadOnlyList<Fd> descriptors)
        => _creation.CreateAsync(request, start, descriptors);

    /// <summary>exec. The descriptors are borrowed.</summary>
    public Task<ExecResult> ExecAsync(ExecParams request, IReadOnlyList<Fd> descriptors) => _execs.ExecAsync(request, descriptors);

    public Task<ContainerInfo> StartAsync(ContainerParams request) => _operations.StartAsync(request);

    public Task<ContainerInfo> PauseAsync(ContainerParams request) => _operations.PauseAsync(request);

    public Task<ContainerInfo> ResumeAsync(ContainerParams request) => _operations.ResumeAsync(request);

    public Task<ContainerInfo> UpdateAsync(UpdateParams request) => _operations.UpdateAsync(request);

    public Task<EmptyResult> CheckpointAsync(CheckpointParams request) => _operations.CheckpointAsync(request);

    public ExplainResult Explain(ContainerParams request) => _timeline.Explain(request);

    /// <summary>Remembers a request that was answered, for <see cref="Explain"/>.</summary>
    public void Note(string id, HistoryRecord record) => _timeline.Note(id, record);

    public Task KillAsync(KillParams request) => _signals.KillAsync(request);

    public Task<ContainerInfo> StopAsync(StopParams request) => _signals.StopAsync(request);

    public Task<ExitInfo> WaitAsync(WaitParams request, CancellationToken cancellation) => _signals.WaitAsync(request, cancellation);

    public Task<Removed> DeleteAsync(DeleteParams request) => _removal.DeleteAsync(request);

    public ReadOnlySpan<byte> ContainerState(string id, string? instance) => _queries.Container(id, instance);

    /// <inheritdoc cref="ContainerTable.StateAtHand"/>
    public ReadOnlySpan<byte> StateAtHand(ReadOnlySpan<byte> id) => _agency.Containers.StateAtHand(id);

    public ProcessInfo ProcessState(string id, string? instance, string process) => _queries.Process(id, instance, process);

    public ListResult List(ListParams request) => _queries.List(request);

    public ProcessesResult Processes(ContainerParams request) => _queries.Processes(request);

    public PidsResult Pids(ContainerParams request) => _usage.Pids(request);

    public StatsResult Stats(ContainerParams request) => _usage.Stats(request);

    public Task<LogsResult> LogsAsync(LogsParams request, LogTarget target) => _logs.ReadAsync(request, target);

    /// <summary>reopenLogs of a process that is logged.</summary>
    /// <exception cref="ShimdException">BAD_STATE; NOT_SUPPORTED: it has no log; what opening the file has failed with.</exception>
    public Task ReopenLogsAsync(ProcessParams request)
        => _logs.ReopenAsync(FindLiving(request.Id, request.Instance, request.Process, "reopen the log of"));

    /// <summary>resize of a process that has a terminal.</summary>
    /// <exception cref="ShimdException">BAD_STATE; NOT_SUPPORTED: it has none.</exception>
    public async Task ResizeAsync(ResizeParams request)
    {
        SupervisedProcess process = FindLiving(request.Id, request.Instance, request.Process, "resize");
        if (!process.Record.Terminal)
        {
            throw ShimdException.NotSupported($"process {process.Name} of container {request.Id} has no terminal");
        }

        await TellAsync(process, new ControlMessage(ControlVerb.Resize, request.Columns, request.Rows));
    }

    /// <summary>closeStdin: the process reads the end of its standard input.</summary>
    public async Task CloseStdinAsync(ProcessParams request)
        => await TellAsync(FindLiving(request.Id, request.Instance, request.Process, "close the stdin of"), new ControlMessage(ControlVerb.CloseStdin));

    public void Dispose()
    {
        _agency.Events.Dispose();
        _agency.Mounts.Dispose();
    }

    /// <summary>Ends when it is done. A shim of an older version does not say so, and no shim can whose process ends meanwhile.</summary>
    private async Task TellAsync(SupervisedProcess process, ControlMessage message)
        => await ShimControl.AskAsync(_agency.Loop, process, message, s_toldDeadline);

    private SupervisedProcess FindLiving(string id, string? instance, string? name, string action)
    {
        Container container = _agency.Find(id, instance);
        SupervisedProcess process = container.Find(name ?? Identifier.Init);
        return process.Exit is null
            ? process
            : throw ShimdException.BadState(action, Protocol.StatusWords.Stopped, process.IsInit ? "container" : "process");
    }
}
