using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Operations in the midst of which an agent was killed: each is finished, or undone, by the next one.</summary>
internal sealed class Unfinished(Agency agency, Creation creation, Execs execs, Removal removal)
{
    /// <summary>How often we look whether a call of the runtime that is nobody's child here has ended.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_freezing = TimeSpan.FromSeconds(2);

    /// <summary>What was killed ends at once, unless the kernel itself hangs.</summary>
    private static readonly TimeSpan s_killed = TimeSpan.FromSeconds(5);

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
        ShimReport? report = reader.IsOk && !ShimEnd.HasEnded(init.Directory) ? await AskAsync(init) : null;
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

    /// <summary>Asks a shim that may still be at it; one that does not keep its own deadlines is hung, and is killed.</summary>
    private async Task<ShimReport?> AskAsync(SupervisedProcess process)
    {
        using LoopTimer timer = agency.Loop.After(ProcessLauncher.DeadlineOf(process), () => ShimEnd.Kill(process.Directory));
        return await ShimControl.AskReadyAsync(agency.Loop, process);
    }

    /// <summary>A process that running.json does not tell of, or not so that we could read it: its shim may.</summary>
    public async Task IdentifyAsync(Container container, SupervisedProcess process, Action<Container, SupervisedProcess> resume)
    {
        ShimReport? report = ShimEnd.HasEnded(process.Directory)
            ? null
            : await ShimControl.AskReadyAsync(agency.Loop, process, ProcessLauncher.DeadlineOf(process));
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
        ShimReport? report = alive ? await AskAsync(process) : null;
        reader.Value?.Dispose();
        if (process.IsForgotten)
        {
            return;
        }

        Identify(process, report);

        // A shim that has written the exit may be gone before it answers.
        bool ended = NativeFile.Status(process.Directory.ExitRecord) is not null;
        if (process.Running is null || (alive && report?.Pid is null && !ended))
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
    public async Task<bool> TransitionAsync(Container container, Action<Container, List<SupervisedProcess>> resumeAll)
    {
        List<SupervisedProcess> before = container.AllProcesses();
        using (new Settling(container))
        {
            await AwaitCallAsync(container);
            await AwaitFreezerAsync(container);
            string? status = await agency.StatusAsync(container, agency.Options.RuntimeTimeout);
            Transition.Of(container.Record.Phase).SettleAgain(agency, container, status);
        }

        // Only now: its event comes before that of an exit. What was started meanwhile is watched already.
        resumeAll(container, before);
        return true;
    }

    /// <summary>A runtime may have asked the kernel to freeze the group, and be gone, a moment before it is frozen: until then it would say that the container
    /// runs (cgroup-v1/freezer-subsystem.rst).</summary>
    private async Task AwaitFreezerAsync(Container container)
    {
        for (TimeSpan waited = TimeSpan.Zero; waited < s_freezing && container.Init?.Running is { } running; waited += s_lookAgain)
        {
            if (Cgroup.Of(running.Pid, agency.Mounts.Cgroups)?.ReadText("freezer", "freezer.state")?.StartsWith("FREEZING", StringComparison.Ordinal) != true)
            {
                return;
            }

            await agency.Loop.Delay(s_lookAgain);
        }
    }

    /// <summary>Waits until what the killed agent had called of the runtime has come to its end, since that alone says what came of it; it
    /// holds the lock. Its deadline, which the killed agent can no longer keep, is ours to keep.</summary>
    private async Task AwaitCallAsync(Container container)
    {
        await AwaitCallAsync(container, agency.Options.RuntimeTimeout);
        if (IsHeld(container))
        {
            // A shim that cleans up holds the lock as well; its calls are others.
            foreach (int pid in RuntimeCommand.CallsOf(container.Record.Runtime, Transition.Of(container.Record.Phase).Verb(container.Id)))
            {
                _ = ProcessControl.Kill(-pid, Signal.SIGKILL);
            }

            await AwaitCallAsync(container, s_killed);
        }
    }

    /// <summary>No longer than until the process has ended: that is known without the runtime.</summary>
    private async Task AwaitCallAsync(Container container, TimeSpan limit)
    {
        for (TimeSpan waited = TimeSpan.Zero; waited < limit && IsHeld(container); waited += s_lookAgain)
        {
            if (container.Init is { } init && NativeFile.Status(init.Directory.ExitRecord) is not null)
            {
                return;
            }

            await agency.Loop.Delay(s_lookAgain);
        }
    }

    private static bool IsHeld(Container container)
    {
        SysResult<FileLock> taken = FileLock.TryTake(container.Directory.Transition);
        taken.Value?.Dispose();
        return taken.Error == Errno.EAGAIN;
    }

    /// <summary>A delete was under way: it goes on.</summary>
    public async Task<bool> DeleteAsync(Container container)
    {
        foreach (SupervisedProcess process in container.AllProcesses())
        {
            // Announced before the delete began. Should the delete fail again, the exit is still to be told to who asks.
            if (StateFile.Read(process.Directory.ExitRecord, StateJson.Default.ExitRecord).Record is { } exit)
            {
                process.End(exit);
            }
        }

        try
        {
            await removal.FinishDeleteAsync(container, container.Record.Phase, recovering: true);
        }
        catch (ShimdException failure)
        {
            LogMessages.UndoFailed(agency.Logger, container.Id, failure.Message);
        }

        return true;
    }
}
