using System.Diagnostics;
using System.Globalization;
using System.Text;
using Shimd.Early;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>The one process a shim is for: started through the runtime, recorded, waited for, cleaned up after.</summary>
internal sealed class ContainerProcess(EventLoop loop, Reaper reaper, ProcessRecord process, Fd? program, EarlyStart early)
{
    private static readonly TimeSpan s_cleanUpDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_adoptionDeadline = TimeSpan.FromSeconds(5);
    private readonly OciRuntime _runtime = new(loop, reaper, process.Runtime, program);
    private readonly string _runtimeLog = Path.GetFullPath(ProcessDirectory.Current.RuntimeLog);
    private int _pid;
    private Task<WaitStatus>? _ended;
    private string? _oomFile;
    private long _oomKillsBefore;

    /// <summary>Has the runtime start it, and writes running.json.</summary>
    /// <param name="stdio">For the process to inherit; null where it gets a terminal.</param>
    /// <param name="consoleSocket">Where the runtime sends that terminal.</param>
    /// <returns>What to say of it.</returns>
    /// <exception cref="ShimFailedException">The runtime failed; nothing of the container is left.</exception>
    public async Task<ShimReport> StartAsync(IReadOnlyList<Fd>? stdio, string? consoleSocket)
    {
        // The process may end before the runtime has said which pid it has: keep it as a zombie until we know.
        reaper.HoldOrphans = true;
        _oomFile = process.OomFile;
        _oomKillsBefore = process.OomKillsBefore;
        CrashPoint.HitInShim(CrashPoint.ShimBeforeRuntime);
        bool isTerminalExec = consoleSocket is not null && process.Action == ProcessAction.Exec;
        List<string> verb = StartCommand.Verb(process, new ProcessDirectory(Environment.CurrentDirectory), consoleSocket);
        Task<RuntimeOutcome> call = early.HasStarted
            ? LoggedAsync(verb, early.StartedAt, _runtime.AwaitAsync(early.RuntimePid, verb, _runtimeLog, Deadline()))
            : InvokeAsync(verb, Deadline(), stdio, isTerminalExec);
        SysResult synced = SyncRecord();

        // What does not depend on what the runtime does is done while it works.
        string bootId = process.BootId ?? ProcessIdentity.BootId();
        CgroupMounts? mounts = process.Action == ProcessAction.Exec ? null : Cgroup.ReadMounts();
        RuntimeOutcome outcome = await call;
        CrashPoint.HitInShim(CrashPoint.ShimRuntimeReturned);
        if (!outcome.Succeeded)
        {
            reaper.HoldOrphans = false;
            await KillLeftoversAsync();
            await CleanUpAsync();
            throw new ShimFailedException(new ShimReport { Runtime = outcome });
        }

        int pid = await ReadPidAsync();
        if (!synced.IsOk)
        {
            Expect(pid);
            await AbandonAsync(pid);
            throw new ShimFailedException("cannot write process.json", synced.Error);
        }

        RunningRecord running = WriteRunning(pid, bootId, durable: process.Action == ProcessAction.Exec);
        CrashPoint.HitInShim(CrashPoint.ShimRunningWritten);
        if (process.Action != ProcessAction.Exec)
        {
            _oomFile = (Cgroup.Of(pid, mounts) ?? Cgroup.OfEnded(Path.Combine(process.Runtime.Root, process.Container), mounts))?.OomFile;
        }

        Expect(pid);
        return new ShimReport { Pid = pid, StartTicks = running.StartTicksNumber, At = running.AtText };
    }

    /// <summary>Goes on with the process that the shim has held while it rested.</summary>
    /// <returns>Its pid.</returns>
    public int Adopt(RestState before)
    {
        Span<byte> path = before.OomFile;
        _oomFile = Encoding.UTF8.GetString(path[..path.IndexOf((byte)0)]);
        _oomKillsBefore = before.OomKillsBefore;
        if (!before.IsReaped)
        {
            Expect(before.Pid);
        }

        return before.Pid;
    }

    /// <summary>Describes it for a shim that is about to rest.</summary>
    /// <returns>False when that is not possible: it has ended, or its control group has too long a name.</returns>
    public bool TrySave(ref RestState state)
    {
        state.Pid = _pid;
        state.OomKillsBefore = _oomKillsBefore;
        Span<byte> path = state.OomFile;
        return _ended is { IsCompleted: false } && Encoding.UTF8.TryGetBytes(_oomFile ?? "", path[..^1], out _);
    }

    /// <summary>How the started process ends. Whether it was the kernel's OOM killer that ended it: it was killed, and its group has a kill
    /// more than before; that is asked at once, for the clean-up takes the group away.</summary>
    public async Task<ProcessEnd> WaitAsync()
    {
        WaitStatus status = await _ended!;
        bool oomKilled = status.Signal == Signal.SIGKILL && Cgroup.OomKillsIn(_oomFile) > _oomKillsBefore;
        return new ProcessEnd(status, oomKilled, DateTimeOffset.UtcNow);
    }

    /// <summary>Kills what is left of the container and has the runtime forget it.</summary>
    public async Task CleanUpAsync()
    {
        if (process.Action == ProcessAction.Exec)
        {
            // The container is not ours to clean up.
            return;
        }

        // A program may end before the runtime's start has; what that still needs must not be deleted under its feet. The agent's
        // call has a deadline, and if the agent dies the lock is free.
        using FileLock? transition = FileLock.Take(ProcessDirectory.TransitionFromInside).Value;
        if (process.SharesPids)
        {
            // With a pid namespace of its own the kernel has done this already, when its init ended.
            _ = await InvokeAsync(RuntimeCommand.KillAll(process.Container, Signal.SIGKILL), s_cleanUpDeadline);
        }

        _ = await InvokeAsync(RuntimeCommand.Delete(process.Container, force: true), s_cleanUpDeadline);
    }

    /// <summary>Ends what was started, since it cannot be held.</summary>
    public async Task AbandonAsync(int pid)
    {
        _ = ProcessControl.Kill(pid, Signal.SIGKILL);
        _ = await WaitAsync();
        await CleanUpAsync();
    }

    private void Expect(int pid)
    {
        _pid = pid;
        _ended = reaper.Expect(pid);
        reaper.HoldOrphans = false;
    }

    private TimeSpan Deadline() => TimeSpan.FromMilliseconds(process.TimeoutMs);

    private Task<RuntimeOutcome> InvokeAsync(
        List<string> verb, TimeSpan deadline, IReadOnlyList<Fd>? stdio = null, bool isTerminalExec = false)
        => LoggedAsync(verb, Stopwatch.GetTimestamp(), _runtime.InvokeAsync(verb, _runtimeLog, deadline, stdio, isTerminalExec));

    private async Task<RuntimeOutcome> LoggedAsync(List<string> verb, long before, Task<RuntimeOutcome> call)
    {
        RuntimeOutcome outcome = await call;
        string step = $"{process.Runtime.Name} {verb[0]}";
        if (outcome.Succeeded)
        {
            ShimLog.Step(step, took: Stopwatch.GetElapsedTime(before));
        }
        else
        {
            ShimLog.Error(step, $"exit {outcome.Exit}: {outcome.Message}");
        }

        return outcome;
    }

    private async Task<int> ReadPidAsync()
    {
        SysResult<byte[]> read = NativeFile.ReadAll(ProcessDirectory.Current.PidFile);
        string text = read.IsOk ? Encoding.ASCII.GetString(read.Value!).Trim() : "";
        bool isPid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0;
        if (isPid && await BecomesOursAsync(pid))
        {
            return pid;
        }

        reaper.HoldOrphans = false;
        await CleanUpAsync();
        throw new ShimFailedException(isPid
            ? $"{process.Runtime.Name} named pid {pid}, which is not a process that we can wait for"
            : $"{process.Runtime.Name} succeeded but wrote no pid to its --pid-file");
    }

    /// <summary>A runtime that was killed at its deadline leaves what it had started to us, its subreaper.</summary>
    private async Task KillLeftoversAsync()
    {
        long before = Stopwatch.GetTimestamp();
        string file = $"/proc/self/task/{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}/children";
        while (Stopwatch.GetElapsedTime(before) < s_adoptionDeadline)
        {
            SysResult<byte[]> children = NativeFile.ReadAll(file);
            string[] pids = Encoding.ASCII.GetString(children.Value ?? []).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (pids.Length == 0)
            {
                return;
            }

            foreach (string pid in pids)
            {
                // Ours and not yet reaped: the number can mean nobody else.
                _ = ProcessControl.Kill(int.Parse(pid, CultureInfo.InvariantCulture), Signal.SIGKILL);
            }

            await reaper.NextChangeAsync(loop, s_adoptionDeadline);
        }
    }

    /// <summary>The process may be the child of a helper of the runtime's that outlives the runtime by a moment; with the helper's end,
    /// of which SIGCHLD tells, it becomes ours.</summary>
    private async Task<bool> BecomesOursAsync(int pid)
    {
        long before = Stopwatch.GetTimestamp();
        while (!ProcessControl.IsChild(pid))
        {
            TimeSpan left = s_adoptionDeadline - Stopwatch.GetElapsedTime(before);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await reaper.NextChangeAsync(loop, left);
        }

        return true;
    }

    /// <summary>What the agent has left to be synced while the runtime works: a failing disk.</summary>
    private SysResult SyncRecord()
    {
        if (process.Action == ProcessAction.Exec)
        {
            return SysResult.Ok;
        }

        SysResult synced = StateFile.Sync(ProcessDirectory.Current.Record);
        return synced.IsOk ? StateFile.SyncNames("..") : synced;
    }

    /// <param name="pid">Of the process.</param>
    /// <param name="bootId">The boot that it runs in.</param>
    /// <param name="durable">An exec's; of a container's own nothing but the boot counts after a power cut, and process.json has that.</param>
    private static RunningRecord WriteRunning(int pid, string bootId, bool durable)
    {
        var running = new RunningRecord
        {
            Pid = pid,
            StartTicks = ProcessIdentity.StartTicks(pid) ?? 0,
            BootId = bootId,
            ShimPid = Environment.ProcessId,
            At = DateTimeOffset.UtcNow,
        };
        SysResult written = durable
            ? StateFile.Write(ProcessDirectory.Current.Running, ShimState.Of(running))
            : AtomicFile.Write(ProcessDirectory.Current.Running, ShimState.Of(running), durable: false);
        if (!written.IsOk)
        {
            // The agent can still learn the pid from the ready pipe; a restart will have less to go by.
            ShimLog.Error("write running.json", written.Error.Describe());
        }

        return running;
    }
}
