using Shimd.Logging;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Makes containers: everything is written before it is done, and undone when it fails.</summary>
internal sealed class Creation(Agency agency, ProcessLauncher launcher, Exits exits, OomWatcher oom, Removal removal)
{
    /// <summary>create, and with <paramref name="start"/> run.</summary>
    /// <param name="descriptors">For streams of kind fd; borrowed.</param>
    /// <exception cref="ShimdException">Nothing is left of the container then.</exception>
    public async Task<ContainerInfo> CreateAsync(CreateParams request, bool start, IReadOnlyList<Fd> descriptors)
    {
        while (agency.Containers.TryGet(request.Id, out Container? holder))
        {
            if (holder.IsLeaving)
            {
                holder.LetShimsCleanUp();
                _ = await holder.Queue.RunAsync(static () => Task.FromResult(true));
                continue;
            }

            throw ShimdException.AlreadyExists($"container {request.Id}", holder.Record.Instance);
        }

        RequireSupported(request);
        Bundle bundle = Load(request.Bundle);
        RuntimeRecord runtime = Resolve(request);
        (StdioRecord stdio, Fd?[] passed) = StdioResolver.Resolve(request.Stdio, descriptors, isLogged: request.Log is not null);
        LogSettings? log = LogResolver.Resolve(request.Log, stdio, agency);
        agency.GracePeriod.Begin(agency.Mounts.Cgroups);
        var record = new ContainerRecord
        {
            Id = request.Id,
            Instance = InstanceId.New(DateTimeOffset.UtcNow),
            Bundle = request.Bundle,
            Runtime = runtime,
            Phase = ContainerPhase.Creating,
            Labels = request.Labels ?? [],
            CreatedAt = DateTimeOffset.UtcNow,
        };
        var container = new Container(record, agency.Layout.Container(request.Id));
        agency.Containers.Add(container);
        return await container.Queue.RunAsync(async () =>
        {
            TakeName(container);
            try
            {
                CrashPoint.Hit(CrashPoint.CreateDirectoryMade);
                container.Save(container.Record, syncName: false);
                CrashPoint.Hit(CrashPoint.CreateRecordWritten);
                ProcessLauncher.MakeNew(container.Directory.Processes);
                SupervisedProcess init = ProcessLauncher.Prepare(container, NewInit(record, bundle, request, stdio, start, log), agency.Logger);
                ProcessLauncher.SyncNames(container.Directory.Path);
                ProcessLauncher.SyncNames(agency.Layout.Containers);
                Fd exitReader = await launcher.LaunchAsync(init, passed, bundle.RootDirectory);
                Complete(container, init, recovering: false);
                Watch(container, init, exitReader);
                return container.Describe();
            }
            catch (Exception failure) when (failure is ShimdException or SysException)
            {
                LogMessages.CreateFailed(agency.Logger, container.Id, failure.Message);
                await removal.UndoAsync(container);
                throw;
            }
        });
    }

    /// <summary>Makes the directory; what is there already is not ours, and must not be undone with us.</summary>
    private void TakeName(Container container)
    {
        try
        {
            if (NativeFile.Status(Path.Combine(container.Record.Runtime.Root, container.Id)) is not null)
            {
                // The runtime would refuse, and the clean-up after that would kill it.
                throw new ShimdException(
                    ErrorCode.AlreadyExists,
                    $"{container.Record.Runtime.Name} knows a container {container.Id} that is not in the list; its state may be in {agency.Layout.Quarantine}",
                    new ErrorData { Name = "" });
            }

            ProcessLauncher.MakeNew(container.Directory.Path);
        }
        catch (ShimdException)
        {
            agency.Containers.Remove(container);
            throw;
        }
    }

    /// <summary>The process is there: announces it and writes it down.</summary>
    /// <param name="recovering">The agent was restarted on the way: the events may have been announced.</param>
    public void Complete(Container container, SupervisedProcess init, bool recovering)
    {
        bool started = init.Record.Action != ProcessAction.Create;
        if (!recovering || agency.Events.FindLast(container.Record.Instance, null, EventTypes.Create) is null)
        {
            agency.Announce(container, EventTypes.Create, message => message with { Pid = init.Running?.Pid });
        }

        CrashPoint.Hit(CrashPoint.CreateAnnounced);

        if (started && (!recovering || agency.Events.FindLast(container.Record.Instance, null, EventTypes.Start) is null))
        {
            agency.Announce(container, EventTypes.Start, message => message with { Pid = init.Running?.Pid });
            CrashPoint.Hit(CrashPoint.CreateStartAnnounced);
        }

        // After the events: should we be killed in between, the next start finds them in the journal, and the create unfinished.
        container.Settle(
            started ? container.Record.In(ContainerPhase.Running, DateTimeOffset.UtcNow) : container.Record.In(ContainerPhase.Created),
            agency.Logger);
        CrashPoint.Hit(CrashPoint.CreateSettled);
    }

    /// <summary>Watches for its end, and for what the kernel has to say before that.</summary>
    public void Watch(Container container, SupervisedProcess init, Fd exitReader)
    {
        oom.Watch(container);
        exits.Watch(container, init, exitReader);
    }

    private static Bundle Load(string path)
    {
        (Bundle? bundle, BundleProblem? problem) = Bundle.Load(path);
        return bundle ?? throw (problem!.Error is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM
            ? Failure.Of($"cannot read {problem.Path}", problem.Error)
            : new ShimdException(ErrorCode.BundleInvalid, problem.Message, new ErrorData { Name = "", Path = problem.Path }));
    }

    private static void RequireSupported(CreateParams request)
    {
        if (request.Instance is not null)
        {
            throw new ShimdException(
                ErrorCode.Conflict, $"a new container {request.Id} cannot be instance {request.Instance}: the agent chooses that; leave it out");
        }

        if (request.RestoreFrom is { } images && NativeFile.Status(images) is not { IsDirectory: true })
        {
            throw ShimdException.InvalidParams("restoreFrom", $"must be a checkpoint's directory: {images} is none");
        }
    }

    private RuntimeRecord Resolve(CreateParams request)
    {
        string? wanted = request.Runtime ?? agency.Options.Runtime;
        FoundRuntime? found = wanted is null ? RuntimeFinder.FindDefault() : RuntimeFinder.Find(wanted);
        return found is null
            ? throw ShimdException.RuntimeMissing(wanted ?? string.Join(", ", RuntimeFinder.KnownNames))
            : new RuntimeRecord
            {
                Name = found.Name,
                Path = found.Path,
                Root = agency.Layout.RuntimeRoot(found.Name),
                Arguments = new List<string>(request.RuntimeArgs ?? []),
            };
    }

    private ProcessRecord NewInit(ContainerRecord record, Bundle bundle, CreateParams request, StdioRecord stdio, bool start, LogSettings? log)
        => new()
        {
            Terminal = bundle.Process.Terminal,
            Container = record.Id,
            Instance = record.Instance,
            Process = Identifier.Init,
            Action = request.RestoreFrom is not null ? ProcessAction.Restore : start ? ProcessAction.Run : ProcessAction.Create,
            RestoreFrom = request.RestoreFrom,
            RestoreOptions = request.RestoreFrom is { } images
                ? StateFile.Read(Path.Combine(images, CheckpointOptions.FileName), StateJson.Default.CheckpointOptions).Record
                : null,
            Bundle = record.Bundle,
            Runtime = record.Runtime,
            Spec = bundle.Process.Json,
            Stdio = stdio,
            Log = log,
            NoPivot = request.NoPivot ?? !agency.Mounts.CanPivotRoot,
            RootUid = bundle.RootUid,
            RootGid = bundle.RootGid,
            SharesPids = bundle.SharesPids,
            OomKillsBefore = bundle.CgroupsPath is { } path ? Cgroup.At(path, agency.Mounts.Cgroups)?.OomKills() ?? 0 : 0,
            BootId = ProcessIdentity.BootId(),
            TimeoutMs = request.TimeoutMs ?? (int)agency.Options.RuntimeTimeout.TotalMilliseconds,
        };
}
