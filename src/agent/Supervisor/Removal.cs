using Shimd.Logging;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>What a delete took away: one of the two.</summary>
internal readonly record struct Removed(ContainerInfo? Container, ProcessInfo? Process);

/// <summary>Removes containers, and what is left of those that never came to be.</summary>
internal sealed class Removal(Agency agency)
{
    private static readonly TimeSpan s_killDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_shimDeadline = TimeSpan.FromSeconds(30);

    /// <summary>delete of a stopped container; with force, of any.</summary>
    /// <exception cref="ShimdException">BAD_STATE; RUNTIME_FAILED, TIMEOUT: the container is then still there.</exception>
    public async Task<Removed> DeleteAsync(DeleteParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        if (request.Process is { } process && process != Identifier.Init)
        {
            return new Removed(null, await DeleteProcessAsync(container, container.Find(process), request.Force));
        }

        if (!request.Force)
        {
            // What is only just found out, as after a restart of the agent, is no reason to refuse.
            await container.Settled;
            Lifecycle.Require(container.Status, Trigger.Delete);
        }

        if (request.Wait ?? true)
        {
            return new Removed(await DeleteAsync(container, request, null), null);
        }

        var answer = new TaskCompletionSource<ContainerInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        agency.Loop.Start("delete", () => LeaveAsync(container, request, answer));
        return new Removed(await answer.Task, null);
    }

    /// <summary>A delete that is answered as soon as the next agent, too, would finish it.</summary>
    private async Task LeaveAsync(Container container, DeleteParams request, TaskCompletionSource<ContainerInfo> answer)
    {
        try
        {
            _ = await DeleteAsync(container, request, answer);
        }
        catch (Exception failure) when (answer.TrySetException(failure))
        {
            // Whoever asked is told.
        }
        catch (ShimdException failure)
        {
            LogMessages.UndoFailed(agency.Logger, container.Id, failure.Message);
        }
    }

    private Task<ContainerInfo> DeleteAsync(Container container, DeleteParams request, TaskCompletionSource<ContainerInfo>? answer)
        => container.Queue.RunAsync(async () =>
        {
            // Another delete may have been before us in the queue.
            container = agency.Find(request.Id, container.Record.Instance);
            if (request.Force)
            {
                await KillAsync(container);
                CrashPoint.Hit(CrashPoint.DeleteKilled);
            }

            Lifecycle.Require(container.Status, Trigger.Delete);
            ContainerInfo last = container.Describe();
            string before = container.Record.Phase;
            container.Enter(ContainerPhase.Deleting);
            CrashPoint.Hit(CrashPoint.DeleteIntentWritten);
            if (answer is not null)
            {
                container.IsLeaving = true;
                answer.SetResult(last);
            }

            await FinishDeleteAsync(container, before, recovering: false);
            return last;
        });

    /// <summary>Deletes what was marked so, or goes on with a delete that was interrupted.</summary>
    /// <param name="container">In the phase deleting.</param>
    /// <param name="before">The phase that it has again should it fail.</param>
    /// <param name="recovering">An agent before this one had begun it.</param>
    public async Task FinishDeleteAsync(Container container, string before, bool recovering)
    {
        try
        {
            await ForgetAsync(container);
        }
        catch (ShimdException)
        {
            container.Settle(container.Record.In(before), agency.Logger);
            container.IsLeaving = false;
            throw;
        }

        CrashPoint.Hit(CrashPoint.DeleteForgotten);

        // The event first: should we be killed in between, the next start finds it in the journal, and the delete unfinished.
        if (!recovering || agency.Events.FindLast(container.Record.Instance, null, EventTypes.Delete) is null)
        {
            agency.Announce(container, EventTypes.Delete);
        }

        CrashPoint.Hit(CrashPoint.DeleteAnnounced);
        RemoveDirectory(container);
        LogMessages.Deleted(agency.Logger, container.Id);
    }

    /// <summary>Takes back a create that failed or was interrupted: no process, no runtime state, no directory is left.</summary>
    public async Task UndoAsync(Container container)
    {
        try
        {
            if (container.Init is { } init)
            {
                await ShimEnd.EndSessionAsync(agency.Loop, init);
            }

            await ForgetAsync(container);
        }
        catch (ShimdException failure)
        {
            LogMessages.UndoFailed(agency.Logger, container.Id, failure.Message);
        }

        CrashPoint.Hit(CrashPoint.UndoForgotten);
        RemoveDirectory(container);
    }

    /// <summary>Waits for the shims to end, and has the runtime forget the container unless the shim has seen to that.</summary>
    /// <exception cref="ShimdException">RUNTIME_FAILED, TIMEOUT.</exception>
    public async Task ForgetAsync(Container container)
    {
        if (!container.IsLeaving)
        {
            container.LetShimsCleanUp();
        }

        foreach (SupervisedProcess process in container.AllProcesses())
        {
            await ShimEnd.WaitAsync(agency.Loop, process, s_shimDeadline);
        }

        if (container.IsKnownToTheRuntime)
        {
            if (container.Init?.Record.SharesPids == true)
            {
                _ = await agency.TryInvokeAsync(container, RuntimeCommand.KillAll(container.Id, Signal.SIGKILL));
            }

            _ = await agency.InvokeAsync(container, RuntimeCommand.Delete(container.Id, force: true));
        }
    }

    private async Task<ProcessInfo> DeleteProcessAsync(Container container, SupervisedProcess process, bool force)
    {
        if (force)
        {
            await KillAsync(process);
        }

        ProcessInfo last = container.Describe(process);
        if (process.Exit is null)
        {
            throw ShimdException.BadState("delete", last.Status, "process");
        }

        process.LetShimCleanUp();
        await ShimEnd.WaitAsync(agency.Loop, process, s_shimDeadline);
        if (container.Remove(process.Name))
        {
            StateTree.RemoveProcess(process.Directory, agency.Logger);
        }

        return last;
    }

    private async Task KillAsync(Container container)
    {
        if (container.Status == StatusWords.Paused)
        {
            // A frozen process does not end.
            _ = container.Init?.Send(Signal.SIGKILL);
            _ = await agency.TryInvokeAsync(container, RuntimeCommand.Resume(container.Id));
        }

        foreach (SupervisedProcess process in container.AllProcesses())
        {
            await KillAsync(process);
        }
    }

    private async Task KillAsync(SupervisedProcess process)
    {
        if (process.Exit is null)
        {
            _ = process.Send(Signal.SIGKILL);
            _ = await process.WaitAsync(agency.Loop, s_killDeadline);
        }
    }

    private void RemoveDirectory(Container container)
    {
        foreach (SupervisedProcess process in container.Processes.Values)
        {
            process.Forget();
        }

        container.OomWatch?.Dispose();
        agency.Containers.Remove(container);

        // The record goes last: whatever is left after a crash still says what it is.
        StateTree.Remove(container.Directory.Processes, agency.Logger);
        CrashPoint.Hit(CrashPoint.ProcessesRemoved);
        StateTree.Remove(container.Directory.Path, agency.Logger);
        CrashPoint.Hit(CrashPoint.DirectoryRemoved);
    }
}
