using Shimd.Logging;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Operations in the midst of which an agent was killed: each is finished, or undone, by the next one.</summary>
internal sealed class Unfinished(Agency agency, Creation creation, Execs execs, Removal removal)
{
    private readonly string _bootId = ProcessIdentity.BootId();

    /// <summary>Whoever asked for this create is gone; the shim may still be at it, may have done it, or never have come to it.</summary>
    public async Task<bool> CreateAsync(Container container, Action<Container, SupervisedProcess> resume)
    {
        if (container.Init is not { } init)
        {
            await removal.UndoAsync(container);
            return true;
        }

        SysResult<Fd> reader = Fifo.OpenReader(init.Directory.Exit);
        ShimReport? report = reader.IsOk && !ShimEnd.HasEnded(init.Directory) ? await ShimControl.AskReadyAsync(agency.Loop, init) : null;
        init.Running ??= StateFile.Read(init.Directory.Running, StateJson.Default.RunningRecord).Record;
        bool came = report?.Pid is not null
            || (init.Running?.BootId == _bootId && NativeFile.Status(init.Directory.ExitRecord) is not null)
            || agency.Events.FindLast(container.Record.Instance, null, EventTypes.Create) is not null;
        reader.Value?.Dispose();
        if (came)
        {
            creation.Complete(container, init, recovering: true);
            resume(container, init);
            return true;
        }

        _ = init.Send(Signal.SIGKILL);
        await removal.UndoAsync(container);
        return true;
    }

    /// <summary>Whether an init has ended and its shim has gone, but not cleaned up.</summary>
    public static bool IsLeftToCleanUp(Container container, SupervisedProcess init)
        => NativeFile.Status(Path.Combine(container.Record.Runtime.Root, container.Id)) is not null && ShimEnd.HasEnded(init.Directory);

    /// <summary>What the shim would have done; what fails is tried again by delete.</summary>
    public async Task<bool> CleanUpAsync(Container container)
    {
        try
        {
            await removal.ForgetAsync(container);
        }
        catch (ShimdException failure)
        {
            LogMessages.UndoFailed(agency.Logger, container.Id, failure.Message);
        }

        return true;
    }

    /// <summary>A process that running.json does not tell of, or not so that we could read it: its shim may.</summary>
    public async Task IdentifyAsync(Container container, SupervisedProcess process, Action<Container, SupervisedProcess> resume)
    {
        ShimReport? report = ShimEnd.HasEnded(process.Directory) ? null : await ShimControl.AskReadyAsync(agency.Loop, process);
        Identify(process, report);
        resume(container, process);
    }

    /// <summary>A living shim is the parent, so that the pid which it names is that of the process.</summary>
    private void Identify(SupervisedProcess process, ShimReport? report)
    {
        process.Running ??= StateFile.Read(process.Directory.Running, StateJson.Default.RunningRecord).Record;
        if (process.Running is null && report?.Pid is { } pid && ProcessIdentity.StartTicks(pid) is { } ticks)
        {
            process.Running = new RunningRecord { Pid = pid, StartTicks = ticks, BootId = _bootId, ShimPid = 0, At = DateTimeOffset.UtcNow };
        }
    }

    /// <summary>An exec that was under way: it came to be, or it is forgotten.</summary>
    public async Task ExecAsync(Container container, SupervisedProcess process, Action<Container, SupervisedProcess> resume)
    {
        SysResult<Fd> reader = Fifo.OpenReader(process.Directory.Exit);
        bool alive = reader.IsOk && !ShimEnd.HasEnded(process.Directory);
        ShimReport? report = alive ? await ShimControl.AskReadyAsync(agency.Loop, process) : null;
        reader.Value?.Dispose();
        Identify(process, report);
        if (process.Running is null || (alive && report?.Pid is null))
        {
            await execs.UndoAsync(container, process);
            return;
        }

        if (agency.Events.FindLast(container.Record.Instance, process.Name, EventTypes.ExecAdded, EventTypes.ExecStarted)?.Type != EventTypes.ExecStarted)
        {
            execs.AnnounceStarted(container, process);
        }

        resume(container, process);
    }

    /// <summary>An operation was under way: whether it came through only the runtime can say.</summary>
    public async Task<bool> TransitionAsync(Container container, Action<Container> resumeAll)
    {
        RuntimeOutcome outcome = await agency.TryInvokeAsync(container, RuntimeCommand.State(container.Id));
        string? status = outcome.Succeeded ? RuntimeState.StatusIn(outcome.Output) : null;
        switch (container.Record.Phase)
        {
            case ContainerPhase.Starting when status == StatusWords.Created:
                container.Settle(container.Record.In(ContainerPhase.Created), agency.Logger);
                break;
            case ContainerPhase.Starting:
                AnnounceUnlessLast(container, EventTypes.Start);
                container.Settle(container.Record.In(ContainerPhase.Running, DateTimeOffset.UtcNow), agency.Logger);
                break;
            case ContainerPhase.Pausing when status == StatusWords.Paused:
                AnnounceUnlessLast(container, EventTypes.Paused);
                container.Settle(container.Record.In(ContainerPhase.Paused), agency.Logger);
                break;
            case ContainerPhase.Resuming when status == StatusWords.Paused:
                container.Settle(container.Record.In(ContainerPhase.Paused), agency.Logger);
                break;
            case ContainerPhase.Resuming:
                AnnounceUnlessLast(container, EventTypes.Resumed);
                container.Settle(container.Record.In(ContainerPhase.Running), agency.Logger);
                break;
            default:
                container.Settle(container.Record.In(ContainerPhase.Running), agency.Logger);
                break;
        }

        // Only now: its event comes before that of an exit.
        resumeAll(container);
        return true;
    }

    /// <summary>A delete was under way: it goes on.</summary>
    public async Task<bool> DeleteAsync(Container container)
    {
        try
        {
            await removal.FinishDeleteAsync(container, recovering: true);
        }
        catch (ShimdException failure)
        {
            LogMessages.UndoFailed(agency.Logger, container.Id, failure.Message);
        }

        return true;
    }

    /// <summary>We may have been killed after the event and before the record.</summary>
    private void AnnounceUnlessLast(Container container, string type)
    {
        EventMessage? last = agency.Events.FindLast(
            container.Record.Instance, null, EventTypes.Start, EventTypes.Paused, EventTypes.Resumed);
        if (last?.Type != type)
        {
            agency.Announce(container, type, message => message with { Pid = container.Init?.Running?.Pid });
        }
    }
}
