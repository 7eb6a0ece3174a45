using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>
/// The role <c>shimd shim</c>: started by the agent in a process's state directory, it starts the process, holds what it
/// needs, writes down how it ended, announces that, and cleans up. Everything it knows it reads from the directory.
/// </summary>
internal sealed class ShimMain : IDisposable
{
    private static readonly TimeSpan s_exitRetry = TimeSpan.FromSeconds(1);

    /// <summary>How long an exit waits for its process's last words, where the log cannot be written and is not to lose any.</summary>
    private static readonly TimeSpan s_logPatience = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly ShimDescriptors _descriptors = new();
    private Stdio? _stdio;
    private TerminalIo? _terminal;
    private AttachHub? _attached;
    private bool _isAttachable;
    private bool _isOver;
    private ProcessOutput? _output;
    private readonly TaskCompletionSource<ShimReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ShimMain(EventLoop loop) => _loop = loop;

    /// <summary>The exit code is for the log only: nobody waits for a shim to know how the process ended.</summary>
    public static int Run()
    {
        using var loop = new EventLoop { OnFatal = (name, exception) => ShimLog.Error(name, exception.ToString()) };
        using var shim = new ShimMain(loop);
        return loop.Run(shim.MainAsync);
    }

    public void Dispose()
    {
        _terminal?.Dispose();
        _output?.Dispose();
        _attached?.Dispose();
    }

    private async Task<int> MainAsync()
    {
        ProcessControl.SetName("shimd");
        if (ulong.TryParse(Environment.GetEnvironmentVariable(ProcessDirectory.OpenFilesVariable), out ulong openFiles) && openFiles > 0)
        {
            // The agent has raised its own; what we start must not inherit that.
            _ = OpenFilesLimit.Set(openFiles);
        }

        ProcessControl.BecomeSubreaper().OrThrow("prctl PR_SET_CHILD_SUBREAPER");
        using var signals = new SignalSource(_loop);
        var reaper = new Reaper(signals);
        using var control = new ControlServer(_loop, _descriptors.ControlListener, _report.Task, OnControl, Attach);
        try
        {
            // Should we be killed, what we have called of the runtime is found by our session.
            _ = _descriptors.LockFile.WriteAll(System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
            ProcessRecord process = ShimState.ReadProcess(ProcessDirectory.Current.Record);
            CrashPoint.HitInShim(CrashPoint.ShimStarted);
            using ReservedFile exitRecord = Reserve();
            var container = new ContainerProcess(_loop, reaper, process);
            _output = ProcessOutput.Open(_loop, process);
            PrepareAttach(process);
            using (_stdio = Stdio.Open(_loop, process, _output, _attached))
            {
                int pid = await StartAsync(container, process);
                Report(new ShimReport { Pid = pid });
                CrashPoint.HitInShim(CrashPoint.ShimReported);
                WaitStatus status = await container.WaitAsync();
                CrashPoint.HitInShim(CrashPoint.ShimReaped);
                await DrainAsync();
                await RecordExitAsync(exitRecord, status, container.WasOomKilled(status));
                CrashPoint.HitInShim(CrashPoint.ShimExitWritten);

                // The exit is known and on the disk: everybody may hear of it before the clean-up.
                _descriptors.ExitFifo.Dispose();
                CrashPoint.HitInShim(CrashPoint.ShimExitAnnounced);
                _isOver = true;
                Task? farewell = _attached?.EndAsync();
                await container.CleanUpAsync();

                // Who outlived the process until now may have had a last word, too.
                await DrainAsync();
                await (farewell ?? Task.CompletedTask);
                CrashPoint.HitInShim(CrashPoint.ShimCleanedUp);
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

    /// <summary>Before the process can say anything, so that who is attached from the first moment on misses nothing.</summary>
    private void PrepareAttach(ProcessRecord process)
    {
        _isAttachable = _output is not null || process.Stdio.Stdin.Kind == StreamKind.Attach;
        if (process.Stdio.Stdin.Kind == StreamKind.Attach || process.Stdio.HasClient)
        {
            _ = Attached();
        }

        if (process.Stdio.HasClient)
        {
            var everything = new AttachRequest { Stdin = true, Stdout = true, Stderr = true, Block = true };
            SysResult added = Attached().Add(ShimDescriptors.TakeClient(), everything);
            if (!added.IsOk)
            {
                throw new ShimFailedException("cannot attach the descriptor that was passed for it", added.Error);
            }
        }
    }

    private async Task<int> StartAsync(ContainerProcess container, ProcessRecord process)
    {
        if (!process.Terminal)
        {
            int pid = await container.StartAsync(_stdio!.Streams, null);
            _stdio.CloseStreams();
            return pid;
        }

        using var console = new ConsoleSocket();
        int terminalPid = await container.StartAsync(null, console.Path);
        try
        {
            _terminal = new TerminalIo(_loop, console.Receive(), _stdio!, process.Stdio, _output, _attached);
        }
        catch (ShimFailedException)
        {
            await container.AbandonAsync(terminalPid);
            throw;
        }

        _stdio!.CloseStreams();
        return terminalPid;
    }

    private async Task DrainAsync()
    {
        _terminal?.Drain();
        if (_output is not null)
        {
            await _output.DrainAsync(s_logPatience);
        }
    }

    private ShimReport? OnControl(ControlMessage message)
    {
        switch (message.Verb)
        {
            case ControlVerb.CloseStdin:
                _stdio?.CloseStdin();
                _attached?.EndInput();
                break;
            case ControlVerb.Resize:
                _terminal?.Resize(new TerminalSize((ushort)message.Columns, (ushort)message.Rows));
                break;
            case ControlVerb.ReopenLogs:
                SysResult opened = _output?.Log?.Reopen() ?? SysResult.Ok;
                return new ShimReport { Problem = opened.IsOk ? null : new ShimProblem("cannot reopen the log", opened.Error.Name()) };
        }

        return null;
    }

    /// <summary>Made when the first comes; most processes never see one.</summary>
    private AttachHub Attached()
    {
        _attached ??= new AttachHub(_loop);
        _output?.Attached ??= _attached;
        return _attached;
    }

    private SysResult Attach(Fd socket, AttachRequest request)
    {
        if (_isOver)
        {
            socket.Dispose();
            return SysResult.Fail(Errno.ESRCH);
        }

        if (_isAttachable)
        {
            return Attached().Add(socket, request);
        }

        socket.Dispose();
        return SysResult.Fail(Errno.EOPNOTSUPP);
    }

    private static ReservedFile Reserve()
    {
        SysResult<ReservedFile> reserved = ReservedFile.Create(ProcessDirectory.Current.ExitRecord);
        return reserved.Value ?? throw new ShimFailedException("cannot reserve room for exit.json", reserved.Error);
    }

    private void Report(ShimReport report)
    {
        ReadOnlySpan<byte> line = MessageText.Line(report);

        // An agent that has died meanwhile reads the directory, or asks on the control socket.
        _ = _descriptors.ReadyPipe.WriteAll(line);
        _descriptors.ReadyPipe.Dispose();
        _report.SetResult(report);
    }

    private async Task RecordExitAsync(ReservedFile file, WaitStatus status, bool oomKilled)
    {
        var record = new ExitRecord
        {
            Code = status.Code,
            Signal = status.Signal == 0 ? null : status.Signal,
            CoreDumped = status.CoreDumped,
            OomKilled = oomKilled,
            At = DateTimeOffset.UtcNow,
            Source = ExitSource.Waited,
        };
        ShimLog.Step("exit", $"code {record.Code}");
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
