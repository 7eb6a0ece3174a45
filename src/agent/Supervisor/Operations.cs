using System.Text;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>What is done to a container through its runtime: one at a time, the intent on disk before the act.</summary>
internal sealed class Operations(Agency agency)
{
    public Task<ContainerInfo> StartAsync(ContainerParams request) => TransitAsync(
        request, Trigger.Start, ContainerPhase.Starting, ContainerPhase.Running, RuntimeCommand.Start, EventTypes.Start);

    public Task<ContainerInfo> PauseAsync(ContainerParams request) => TransitAsync(
        request, Trigger.Pause, ContainerPhase.Pausing, ContainerPhase.Paused, RuntimeCommand.Pause, EventTypes.Paused);

    public Task<ContainerInfo> ResumeAsync(ContainerParams request) => TransitAsync(
        request, Trigger.Resume, ContainerPhase.Resuming, ContainerPhase.Running, RuntimeCommand.Resume, EventTypes.Resumed);

    /// <summary>update: new limits for the container's cgroup.</summary>
    public Task<ContainerInfo> UpdateAsync(UpdateParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        return container.Queue.RunAsync(async () =>
        {
            Lifecycle.Require(container.Status, Trigger.Update);
            string file = Path.Combine(container.Directory.Path, "resources.json");
            SysResult written = AtomicFile.Write(file, Encoding.UTF8.GetBytes(request.Resources.GetRawText()), durable: false);
            if (!written.IsOk)
            {
                throw Failure.Of($"cannot write {file}", written.Error);
            }

            _ = await agency.InvokeAsync(container, RuntimeCommand.Update(container.Id, file));
            agency.Announce(container, EventTypes.Updated);
            return container.Describe();
        });
    }

    /// <summary>checkpoint: unless it is left running, the container ends.</summary>
    public Task<EmptyResult> CheckpointAsync(CheckpointParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        return container.Queue.RunAsync(async () =>
        {
            Lifecycle.Require(container.Status, Trigger.Checkpoint);
            var options = new CheckpointOptions
            {
                TcpEstablished = request.TcpEstablished,
                ShellJob = request.ShellJob,
                ExtUnixSk = request.ExtUnixSk,
                EmptyNs = new List<string>(request.EmptyNs ?? []),
            };
            SysResult made = NativeFile.MakeDirectory(request.Path);
            string file = Path.Combine(request.Path, CheckpointOptions.FileName);
            SysResult written = made.IsOk || made.Error == Errno.EEXIST
                ? StateFile.Write(file, options, StateJson.Default.CheckpointOptions)
                : made;
            if (!written.IsOk)
            {
                throw Failure.Of($"cannot write {file}", written.Error);
            }

            // Its event comes before that of the exit which it brings.
            var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            container.Settled = settled.Task;
            try
            {
                _ = await agency.InvokeAsync(container, RuntimeCommand.Checkpoint(container.Id, request.Path, request.LeaveRunning, options));
                agency.Announce(container, EventTypes.Checkpointed);
                return EmptyResult.Instance;
            }
            finally
            {
                settled.SetResult();
            }
        });
    }

    private Task<ContainerInfo> TransitAsync(
        ContainerParams request,
        Trigger trigger,
        string intent,
        string done,
        Func<string, List<string>> verb,
        string eventType)
    {
        Container container = agency.Find(request.Id, request.Instance);
        return container.Queue.RunAsync(async () =>
        {
            Lifecycle.Require(container.Status, trigger);
            string before = container.Record.Phase;
            using FileLock? transition = FileLock.TryTake(container.Directory.Transition).Value;
            var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            container.Settled = settled.Task;
            try
            {
                container.Enter(intent);
                CrashPoint.Hit(CrashPoint.TransitionIntentWritten);
                _ = await agency.InvokeAsync(container, verb(container.Id));
                CrashPoint.Hit(CrashPoint.TransitionRuntimeReturned);
                agency.Announce(container, eventType, message => message with { Pid = container.Init?.Running?.Pid });
                CrashPoint.Hit(CrashPoint.TransitionAnnounced);
                container.Settle(container.Record.In(done, trigger == Trigger.Start ? DateTimeOffset.UtcNow : null), agency.Logger);
                CrashPoint.Hit(CrashPoint.TransitionSettled);
                return container.Describe();
            }
            catch (ShimdException)
            {
                container.Settle(container.Record.In(before), agency.Logger);
                throw;
            }
            finally
            {
                settled.SetResult();
            }
        });
    }
}
