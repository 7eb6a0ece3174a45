using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>A container: its record on disk, its processes, and the operations that wait for it.</summary>
internal sealed class Container(ContainerRecord record, ContainerDirectory directory)
{
    private readonly Dictionary<string, SupervisedProcess> _processes = new(StringComparer.Ordinal);
    private readonly DescriptionCache _description = new();

    public ContainerRecord Record { get; private set; } = record;

    public ContainerDirectory Directory { get; } = directory;

    public OperationQueue Queue { get; } = new(record.Id);

    public string Id => Record.Id;

    public IReadOnlyDictionary<string, SupervisedProcess> Processes => _processes;

    public SupervisedProcess? Init => _processes.GetValueOrDefault(Identifier.Init);

    /// <summary>While an operation is under way whose event must come before the exit's, its end.</summary>
    public Task Settled { get; set; } = Task.CompletedTask;

    /// <summary>Whether the runtime has something of it; by its directory, without a call.</summary>
    public bool IsKnownToTheRuntime => NativeFile.Status(Path.Combine(Record.Runtime.Root, Id)) is not null;

    /// <summary>The OCI's word for where the container is.</summary>
    public string Status => Init?.Exit is not null ? StatusWords.Stopped : Record.Phase switch
    {
        ContainerPhase.Creating => StatusWords.Creating,
        ContainerPhase.Created or ContainerPhase.Starting => StatusWords.Created,
        ContainerPhase.Running or ContainerPhase.Pausing => StatusWords.Running,
        ContainerPhase.Paused or ContainerPhase.Resuming => StatusWords.Paused,
        ContainerPhase.Stopped or ContainerPhase.Deleting => StatusWords.Stopped,
        _ => StatusWords.Unknown,
    };

    /// <summary>Refuses what cannot be done to the container as it is, also when its exit is known and only still to be announced.</summary>
    /// <exception cref="ShimdException">BAD_STATE.</exception>
    public void Require(Trigger trigger) => Lifecycle.Require(Init?.IsEnding == true ? StatusWords.Stopped : Status, trigger);

    /// <summary>It is being deleted, which nobody waits for: to clients it is gone already, unless that fails. Its id is free when its queue is.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>The watch on its memory events, while there is one.</summary>
    public IDisposable? OomWatch { get; set; }

    /// <summary>How often an out-of-memory kill has been announced.</summary>
    public long OomAnnounced { get; set; }

    /// <summary>Somebody waits for the shims of what has ended.</summary>
    public void LetShimsCleanUp()
    {
        foreach (SupervisedProcess process in _processes.Values)
        {
            process.LetShimCleanUp();
        }
    }

    /// <summary>A copy, for loops that wait: meanwhile processes come and go. The execs first, for init's exit waits for theirs.</summary>
    public List<SupervisedProcess> AllProcesses()
    {
        List<SupervisedProcess> all = [];
        foreach (SupervisedProcess process in _processes.Values)
        {
            if (!process.IsInit)
            {
                all.Add(process);
            }
        }

        if (Init is { } init)
        {
            all.Add(init);
        }

        return all;
    }

    public void Add(SupervisedProcess process)
    {
        _processes.Add(process.Name, process);
        _description.Clear();
    }

    public bool Remove(string process)
    {
        _description.Clear();
        return _processes.Remove(process);
    }

    /// <summary>Changes the record, on disk first.</summary>
    /// <param name="changed">What it becomes.</param>
    /// <param name="syncName">As for <see cref="AtomicFile"/>.</param>
    /// <exception cref="ShimdException">NO_SPACE, …: nothing has changed then.</exception>
    public void Save(ContainerRecord changed, bool syncName = true)
    {
        SysResult written = StateFile.Write(Directory.Record, changed, StateJson.Default.ContainerRecord, syncName);
        if (!written.IsOk)
        {
            throw Failure.Of($"cannot write {Directory.Record}", written.Error);
        }

        Record = changed;
    }

    /// <summary>What has happened is so, whether it can be written or not: the intent on disk lets the next start find out.</summary>
    public void Settle(ContainerRecord changed, ILogger logger)
    {
        SysResult written = StateFile.Write(Directory.Record, changed, StateJson.Default.ContainerRecord);
        if (!written.IsOk)
        {
            LogMessages.RecordNotWritten(logger, Id, written.Error.Describe());
        }

        Record = changed;
    }

    /// <summary>As <see cref="Save"/> with another phase only.</summary>
    public void Enter(string phase) => Save(Record.In(phase));

    /// <summary><see cref="Describe()"/> as JSON.</summary>
    public ReadOnlySpan<byte> DescribeAsJson() => _description.Of(this);

    /// <summary>As <see cref="DescribeAsJson"/>, if it is what it was then; else empty.</summary>
    public ReadOnlySpan<byte> DescriptionAtHand => _description.AtHand(this);

    public ContainerInfo Describe() => new()
    {
        Id = Id,
        Instance = Record.Instance,
        Bundle = Record.Bundle,
        Runtime = Record.Runtime.Name,
        Status = Status,
        Pid = Init is { Exit: null } init ? init.Running?.Pid : null,
        CreatedAt = Record.CreatedAt,
        StartedAt = Record.StartedAt,
        Exit = Init?.Exit is { } exit ? SupervisedProcess.Describe(exit) : null,
        Labels = Record.Labels,
        Processes = Names(),
    };

    /// <summary>init first, then by name.</summary>
    private List<string> Names()
    {
        List<string> names = new(_processes.Keys);
        names.Sort(static (x, y) => x == Identifier.Init ? (y == Identifier.Init ? 0 : -1) : y == Identifier.Init ? 1 : string.CompareOrdinal(x, y));
        return ContainerInfo.ForDisplay(names);
    }

    public ProcessInfo Describe(SupervisedProcess process) => process.Describe(
        process.Exit is not null ? StatusWords.Stopped
        : process.IsInit || Status == StatusWords.Paused ? Status
        : StatusWords.Running);

    /// <summary>The process of that name.</summary>
    /// <exception cref="ShimdException">NOT_FOUND.</exception>
    public SupervisedProcess Find(string process)
        => _processes.GetValueOrDefault(process) ?? throw ShimdException.NotFound($"process {process} of container {Id}");
}
