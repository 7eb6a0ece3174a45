using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>What becomes of a process whose shim has died.</summary>
internal enum OnShimLoss
{
    /// <summary>It is killed: nobody holds its output and its exit any more.</summary>
    Kill,

    /// <summary>It runs on, and its exit is learned as well as the kernel allows.</summary>
    Leave,
}

/// <summary>
/// Shims that died before the process they held: finds out how it ends all the same. If it became our child, we reap it; else
/// the kernel may tell through a pidfd; else nobody can know, and that is what is said.
/// </summary>
internal sealed class ShimLoss
{
    private const string Restarted = "the machine was restarted while the process ran";
    private static readonly TimeSpan s_reapedByOthers = TimeSpan.FromSeconds(1);

    private readonly Agency _agency;
    private readonly Exits _exits;

    public ShimLoss(Agency agency, Exits exits)
    {
        _agency = agency;
        _exits = exits;
        agency.Reaper.OnOrphan = OnOrphan;
        exits.OnShimLost = Handle;
        exits.OnShimCleansUp = AwaitCleanUp;
    }

    /// <summary>The shim is gone, or was found gone at the start, and there is no exit record.</summary>
    public void Handle(Container container, SupervisedProcess process)
    {
        AnnounceOnce(container, process);
        if (process.Running is not { } running)
        {
            Settle(container, process, Lost(process.Record.BootId is { } boot && boot != ProcessIdentity.BootId()
                ? Restarted
                : "the shim died before it had written down which process it started"));
            return;
        }

        // The reference first, then the check: what it means can no longer change.
        SysResult<PidFd> pidFd = PidFd.Open(running.Pid);
        if (pidFd.Error == Errno.ESRCH || !ProcessIdentity.IsAlive(running, ProcessIdentity.BootId()))
        {
            pidFd.Value?.Dispose();
            Settle(container, process, Lost(running.BootId == ProcessIdentity.BootId()
                ? "the shim died, and the process ended unobserved"
                : Restarted));
            return;
        }

        if (!pidFd.IsOk)
        {
            // Our own trouble, such as EMFILE; the next start looks again.
            LogMessages.MonitorFailed(_agency.Logger, container.Id, process.Name, pidFd.Error.Describe());
            return;
        }

        if (_agency.Options.OnShimLoss == OnShimLoss.Kill)
        {
            _ = process.Send(Signal.SIGKILL);
            if (process.IsInit && container.Record.Phase is ContainerPhase.Paused or ContainerPhase.Pausing or ContainerPhase.Resuming)
            {
                // A frozen process does not end.
                _agency.Loop.Start("thaw after a lost shim", () => _agency.TryInvokeAsync(container, RuntimeCommand.Resume(container.Id)));
            }
        }

        _agency.Loop.Start("end of a process without a shim", () => AwaitEndAsync(container, process, pidFd.Value!));
    }

    private static ExitRecord Lost(string reason)
        => new() { Code = null, At = DateTimeOffset.UtcNow, Source = ExitSource.Lost, Reason = reason };

    private static ExitRecord Of(WaitStatus status, string source) => new()
    {
        Code = status.Code,
        Signal = status.Signal == 0 ? null : status.Signal,
        CoreDumped = status.CoreDumped,
        At = DateTimeOffset.UtcNow,
        Source = source,
    };

    private void AnnounceOnce(Container container, SupervisedProcess process)
    {
        // The mark, or the event whose mark we were killed before; one that came before exec-added was of another exec with this name.
        if (NativeFile.Status(process.Directory.ShimLost) is not null
            || _agency.Events.FindLast(container.Record.Instance, process.Name, EventTypes.ExecAdded, EventTypes.ShimLost)?.Type == EventTypes.ShimLost)
        {
            return;
        }

        LogMessages.ShimLost(_agency.Logger, container.Id, process.Name);
        _agency.Announce(container, EventTypes.ShimLost, message => message with { Process = process.Name, Pid = process.Running?.Pid });
        CrashPoint.Hit(CrashPoint.LossAnnounced);
        SysResult<Fd> mark = NativeFile.Create(process.Directory.ShimLost);
        mark.Value?.Dispose();
        CrashPoint.Hit(CrashPoint.LossMarked);
    }

    /// <summary>A container's process had become our child, since its shim has died; and now it has ended.</summary>
    private Action<WaitStatus>? OnOrphan(int pid)
    {
        foreach (Container container in _agency.Containers.Values)
        {
            foreach (SupervisedProcess process in container.Processes.Values)
            {
                // Another one's, if the number has come round: a zombie has its start time still.
                if (!process.IsEnding && process.Running?.Pid == pid && ProcessIdentity.IsAlive(process.Running, ProcessIdentity.BootId()))
                {
                    return status => End(container, process, status);
                }
            }
        }

        return null;
    }

    private void End(Container container, SupervisedProcess process, WaitStatus status)
    {
        AnnounceOnce(container, process);
        Settle(container, process, Of(status, ExitSource.Reparented));
    }

    private async Task AwaitEndAsync(Container container, SupervisedProcess process, PidFd pidFd)
    {
        using (pidFd)
        {
            await WhenAsync(pidFd, EpollEvents.In, null);
            if (process.IsEnding || ProcessControl.IsChild(process.Running!.Pid))
            {
                // Ours to reap, which is under way, and tells more.
                return;
            }

            // The kernel tells while it is a zombie, and again once the parent, whoever that is, has reaped it.
            WaitStatus? ended = ProcessIdentity.ZombieStatus(process.Running) is { } zombie ? WaitStatus.Of(zombie) : null;
            if (ended is null)
            {
                await WhenAsync(pidFd, EpollEvents.HangUp, s_reapedByOthers);
                ended = pidFd.ExitStatus();
            }

            Settle(container, process, ended is { } known
                ? Of(known, ExitSource.Pidfd)
                : Lost("the shim died, and the kernel does not tell a non-parent how a process ended"));
        }
    }

    private async Task WhenAsync(PidFd pidFd, EpollEvents wanted, TimeSpan? limit)
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using LoopTimer? timer = limit is { } time ? _agency.Loop.After(time, () => came.TrySetResult()) : null;
        EpollEvents interest = wanted == EpollEvents.HangUp ? EpollEvents.None : wanted;
        using Watch watch = _agency.Loop.Watch("process without a shim", pidFd.Fd, interest, _ => came.TrySetResult());
        await came.Task;
    }

    /// <summary>Writes the exit down in the shim's place, ends what is left, then lets it count.</summary>
    private void Settle(Container container, SupervisedProcess process, ExitRecord exit)
    {
        if (process.IsEnding)
        {
            return;
        }

        SysResult written = StateFile.Write(process.Directory.ExitRecord, exit, StateJson.Default.ExitRecord);
        if (!written.IsOk)
        {
            LogMessages.ExitNotWritten(_agency.Logger, container.Id, process.Name, written.Error.Describe());
        }

        CrashPoint.Hit(CrashPoint.LossExitWritten);
        _exits.Finish(container, process, exit);
        if (process.IsInit)
        {
            StartCleanUp(container, () => CleanUpAsync(container, process));
        }
    }

    /// <summary>A shim that was killed between its word about the exit and the end of its clean-up leaves that to us.</summary>
    private void AwaitCleanUp(Container container, SupervisedProcess process) => StartCleanUp(container, async () =>
    {
        if (container.IsKnownToTheRuntime && !(process.Shim is { } shim && (await shim.WaitAsync()).Code == 0))
        {
            await ShimEnd.WaitAsync(_agency.Loop, process, deadline: null);
            if (container.IsKnownToTheRuntime)
            {
                await ShimEnd.EndSessionAsync(_agency.Loop, process);
                await CleanUpAsync(container, process);
            }
        }
    });

    /// <summary>What fails here (BUSY; our own trouble, such as EMFILE) is tried again by delete, and by the next start.</summary>
    private void StartCleanUp(Container container, Func<Task> cleanUp) => _agency.Loop.Start("clean-up in a shim's place", async () =>
    {
        try
        {
            await cleanUp();
        }
        catch (Exception failure) when (failure is ShimdException or SysException or IOException)
        {
            LogMessages.UndoFailed(_agency.Logger, container.Id, failure.Message);
        }
    });

    /// <summary>What the shim would have done; what fails here is tried again by delete.</summary>
    private Task<bool> CleanUpAsync(Container container, SupervisedProcess process) => container.Queue.RunAsync(async () =>
    {
        // A delete may have been before us in the queue, and the id be another container's by now.
        if (_agency.Containers.Contains(container) && process.Record.SharesPids)
        {
            _ = await _agency.TryInvokeAsync(container, RuntimeCommand.KillAll(container.Id, Signal.SIGKILL));
        }

        if (_agency.Containers.Contains(container))
        {
            _ = await _agency.TryInvokeAsync(container, RuntimeCommand.Delete(container.Id, force: true));
        }

        return true;
    });
}
