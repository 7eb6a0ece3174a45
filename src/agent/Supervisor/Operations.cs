using System.Text;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>What is done to a container through its runtime: one at a time, the intent on disk before the act.</summary>
internal sealed class Operations(Agency agency)
{
    /// <summary>Whoever is to hear that a call took too long must not wait much longer for what came of it.</summary>
    private static readonly TimeSpan s_askDeadline = TimeSpan.FromSeconds(5);

    public Task<ContainerInfo> StartAsync(ContainerParams request) => TransitAsync(request, Transition.Start);

    public Task<ContainerInfo> PauseAsync(ContainerParams request) => TransitAsync(request, Transition.Pause);

    public Task<ContainerInfo> ResumeAsync(ContainerParams request) => TransitAsync(request, Transition.Resume);

    /// <summary>update: new limits for the container's cgroup.</summary>
    public Task<ContainerInfo> UpdateAsync(UpdateParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        return container.Queue.RunAsync(async () =>
        {
            container.Require(Trigger.Update);
            string file = Path.Combine(container.Directory.Path, "resources.json");
            SysResult written = AtomicFile.Write(file, Encoding.UTF8.GetBytes(request.Resources.GetRawText()), durable: false);
            if (!written.IsOk)
            {
                throw Failure.Of($"cannot write {file}", written.Error);
            }

            using var settling = new Settling(container);
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
            container.Require(Trigger.Checkpoint);
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
            using var settling = new Settling(container);
            _ = await agency.InvokeAsync(container, RuntimeCommand.Checkpoint(container.Id, request.Path, request.LeaveRunning, options));
            agency.Announce(container, EventTypes.Checkpointed);
            return EmptyResult.Instance;
        });
    }

    private Task<ContainerInfo> TransitAsync(ContainerParams request, Transition transition)
    {
        Container container = agency.Find(request.Id, request.Instance);
        return container.Queue.RunAsync(async () =>
        {
            container.Require(transition.Trigger);
            using FileLock? held = FileLock.TryTake(container.Directory.Transition).Value;
            using var settling = new Settling(container);
            bool came = false;
            try
            {
                container.Enter(transition.Intent);
                CrashPoint.Hit(CrashPoint.TransitionIntentWritten);

                // The runtime's call inherits the lock: should we be killed, it is known for how long the call goes on.
                RuntimeOutcome outcome = await agency.TryInvokeAsync(container, transition.Verb(container.Id), held?.Fd);
                CrashPoint.Hit(CrashPoint.TransitionRuntimeReturned);
                if (!outcome.Succeeded)
                {
                    // A call that was killed at its deadline may have done its work before.
                    came = outcome.TimedOutAfterMs is not null && transition.Reached(await agency.StatusAsync(container, s_askDeadline)) == true;
                    throw Failure.Of(transition.Verb(container.Id)[0], outcome);
                }

                came = true;
            }
            finally
            {
                transition.Settle(agency, container, came);
            }

            return container.Describe();
        });
    }
}
