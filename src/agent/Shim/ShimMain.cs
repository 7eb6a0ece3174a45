using System.Text;
using Shimd.Early;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>
/// The role <c>shimd shim</c>: started by the agent in a process's state directory, it starts the process, holds what it
/// needs, writes down how it ended, announces that, and cleans up. Everything it knows it reads from the directory; while
/// there is nothing to do it rests, without the runtime, and is woken here (ADR 0010).
/// </summary>
internal sealed class ShimMain
{
    private static readonly TimeSpan s_exitRetry = TimeSpan.FromSeconds(1);

    /// <summary>How long an exit waits for its process's last words, where the log cannot be written and is not to lose any.</summary>
    private static readonly TimeSpan s_logPatience = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly RestState? _before;
    private readonly EarlyStart _early;
    private readonly ShimDescriptors _descriptors;
    private readonly TaskCompletionSource<ShimReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProcessStreams? _streams;

    private ShimMain(EventLoop loop, RestState? before, EarlyStart early)
    {
        _loop = loop;
        _before = before;
        _early = early;
        _descriptors = new ShimDescriptors(before);
    }

    /// <summary>The exit code is for the log only: nobody waits for a shim to know how the process ended.</summary>
    /// <param name="arguments"><c>shim CONTAINER PROCESS</c>, and those of <see cref="EarlyStart"/>, or for a shim that was woken of <see cref="ShimRest"/>.</param>
    public static int Run(string[] arguments)
    {
        using var loop = new EventLoop { OnFatal = (name, exception) => ShimLog.Error(name, exception.ToString()) };
        var shim = new ShimMain(loop, ShimRest.Before(arguments, out byte[] pending), EarlyStart.Of(arguments));
        return loop.Run(() => shim.MainAsync(arguments, pending));
    }

    private async Task<int> MainAsync(string[] arguments, byte[] pending)
    {
        using var signals = new SignalSource(_loop);
        var reaper = new Reaper(_loop, signals);
        using var control = new ControlServer(_loop, _descriptors.ControlListener, _report.Task, OnControl, Attach);
        try
        {
            if (_before is null && !_early.HasStarted)
            {
                Begin();
            }

            ProcessRecord process = ShimState.ReadProcess(ProcessDirectory.Current.Record);
            CrashPoint.HitInShim(CrashPoint.ShimStarted);
            using ReservedFile exitRecord = Reserve();
            var container = new ContainerProcess(_loop, reaper, process, _descriptors.RuntimeProgram, _early);
            using (_streams = ProcessStreams.Open(_loop, process, _before, pending))
            {
                Report(_before is { } before ? new ShimReport { Pid = container.Adopt(before) } : await _streams.StartAsync(container));
                CrashPoint.HitInShim(CrashPoint.ShimReported);
                using var rest = new ShimRest(_loop, arguments, new ShimParts(_descriptors, exitRecord, container, control, _streams), _before?.Wakes ?? 0);
                await EndAsync(container, exitRecord);
            }

            return 0;
        }
        catch (ShimFailedException failure)
        {
            ShimLog.Error("start", failure.Message);
            Report(failure.Report);
            return 1;
        }
    }

    private void Begin()
    {
        ProcessControl.SetName("shimd");
        if (ulong.TryParse(Environment.GetEnvironmentVariable(ProcessDirectory.OpenFilesVariable), out ulong openFiles) && openFiles > 0)
        {
            // The agent has raised its own; what we start must not inherit that.
            _ = OpenFilesLimit.Set(openFiles);
        }

        ProcessControl.BecomeSubreaper().OrThrow("prctl PR_SET_CHILD_SUBREAPER");

        // Should we be killed, what we have called of the runtime is found by our session.
        _ = _descriptors.LockFile.WriteAll(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
    }

    private async Task EndAsync(ContainerProcess container, ReservedFile exitRecord)
    {
        ProcessEnd end = _before is { IsReaped: true } before ? ShimRest.EndOf(before) : await container.WaitAsync();
        bool wasAnnounced = _before is { IsAnnounced: true };
        if (!wasAnnounced)
        {
            CrashPoint.HitInShim(CrashPoint.ShimReaped);
            await _streams!.DrainAsync(s_logPatience);
            await RecordExitAsync(exitRecord, end);
            CrashPoint.HitInShim(CrashPoint.ShimExitWritten);

            // The exit is known and on the disk: everybody may hear of it before the clean-up.
            ExitAnnouncement.Make(_descriptors.ExitFifo!);
        }

        ShimLog.Step("exit", $"code {end.Status.Code}");
        Task? farewell = _streams!.EndAttachAsync();
        if (!wasAnnounced)
        {
            await ExitAnnouncement.WaitAsync(_loop, _descriptors.ExitFifo!);
            CrashPoint.HitInShim(CrashPoint.ShimExitAnnounced);
        }

        await container.CleanUpAsync();

        // Who outlived the process until now may have had a last word, too.
        await _streams.DrainAsync(s_logPatience);
        await (farewell ?? Task.CompletedTask);
        CrashPoint.HitInShim(CrashPoint.ShimCleanedUp);
    }

    private ShimReport? OnControl(ControlMessage message) => _streams?.OnControl(message);

    private SysResult Attach(Fd socket, AttachRequest request)
    {
        if (_streams is not null)
        {
            return _streams.Attach(socket, request);
        }

        socket.Dispose();
        return SysResult.Fail(Errno.ESRCH);
    }

    private ReservedFile Reserve()
    {
        string path = ProcessDirectory.Current.ExitRecord;
        if (_before is { } before)
        {
            return ReservedFile.Adopt(path, ShimDescriptors.TakeIfAny(before.ExitFile)!, before.IsNamed);
        }

        if (ShimDescriptors.TakeIfAny(_early.ExitFile) is { } file)
        {
            return ReservedFile.Adopt(path, file, named: false);
        }

        SysResult<ReservedFile> reserved = ReservedFile.Create(path);
        return reserved.Value ?? throw new ShimFailedException("cannot reserve room for exit.json", reserved.Error);
    }

    private void Report(ShimReport report)
    {
        // An agent that has died meanwhile reads the directory, or asks on the control socket.
        _ = _descriptors.ReadyPipe?.WriteAll(MessageText.Line(report));
        _descriptors.ReadyPipe?.Dispose();
        _report.SetResult(report);
    }

    private async Task RecordExitAsync(ReservedFile file, ProcessEnd end)
    {
        var record = new ExitRecord
        {
            Code = end.Status.Code,
            Signal = end.Status.Signal == 0 ? null : end.Status.Signal,
            CoreDumped = end.Status.CoreDumped,
            OomKilled = end.OomKilled,
            At = end.At,
            Source = ExitSource.Waited,
        };
        byte[] content = ShimState.Of(record);
        SysResult written = file.Commit(content);
        while (!written.IsOk)
        {
            // What is not on the disk is not announced. The room is reserved: this is a failing disk, which may recover.
            ShimLog.Error("write exit.json", written.Error.Describe());
            await _loop.Delay(s_exitRetry);
            written = file.Commit(content);
        }
    }
}
