using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>All that the process reads and writes, as far as the shim has to do with it: its streams, its terminal, its log, and those
/// who are attached.</summary>
internal sealed class ProcessStreams : IDisposable
{
    private readonly EventLoop _loop;
    private readonly ProcessRecord _process;
    private readonly ProcessOutput? _output;
    private readonly bool _isAttachable;
    private AttachHub? _attached;
    private Stdio? _stdio;
    private TerminalIo? _terminal;
    private bool _isOver;

    private ProcessStreams(EventLoop loop, ProcessRecord process, ProcessOutput? output)
    {
        _loop = loop;
        _process = process;
        _output = output;
        _isAttachable = output is not null || process.Stdio.Stdin.Kind == StreamKind.Attach;
    }

    /// <summary>Opens them for a process that is to be started, or takes them over from a shim that has rested.</summary>
    /// <exception cref="ShimFailedException">One cannot be opened.</exception>
    public static ProcessStreams Open(EventLoop loop, ProcessRecord process, RestState? before, ReadOnlySpan<byte> pending)
    {
        Fd? log = before is { } rested ? ShimDescriptors.TakeIfAny(rested.Log) : null;
        var streams = new ProcessStreams(loop, process, ProcessOutput.Open(loop, process, log));
        if (before is { } state)
        {
            streams.Adopt(state, pending);
        }
        else
        {
            streams.PrepareAttach();
            streams._stdio = Stdio.Open(loop, process, streams._output, streams._attached);
        }

        return streams;
    }

    /// <summary>Starts the process with them.</summary>
    /// <returns>What to say of it.</returns>
    /// <exception cref="ShimFailedException">It could not be started.</exception>
    public async Task<ShimReport> StartAsync(ContainerProcess container)
    {
        if (!_process.Terminal)
        {
            ShimReport report = await container.StartAsync(_stdio!.Streams, null);
            _stdio.CloseStreams();
            return report;
        }

        using var console = new ConsoleSocket();
        ShimReport terminalReport = await container.StartAsync(null, console.Path);
        try
        {
            _terminal = TerminalIo.Open(_loop, console.Receive(), _stdio!, _process.Stdio, _output, _attached);
        }
        catch (ShimFailedException)
        {
            await container.AbandonAsync(terminalReport.Pid!.Value);
            throw;
        }

        _stdio!.CloseStreams();
        return terminalReport;
    }

    /// <summary>Takes what the process has written until now. A log that cannot be written is waited for, as long as <paramref name="patience"/>.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        _terminal?.Drain();
        if (_output is not null)
        {
            await _output.DrainAsync(patience);
        }
    }

    /// <returns>The answer, if there is one.</returns>
    public ShimReport? OnControl(ControlMessage message)
    {
        switch (message.Verb)
        {
            case ControlVerb.CloseStdin:
                _stdio?.CloseStdin();
                _attached?.EndInput();
                return new ShimReport();
            case ControlVerb.Resize:
                _terminal?.Resize(new TerminalSize((ushort)message.Columns, (ushort)message.Rows));
                return new ShimReport();
            case ControlVerb.ReopenLogs:
                SysResult opened = _output?.Log?.Reopen() ?? SysResult.Ok;
                return new ShimReport { Problem = opened.IsOk ? null : new ShimProblem("cannot reopen the log", opened.Error.Name()) };
        }

        return null;
    }

    /// <summary>Attaches a socket, which is taken over. Errors: ESRCH (the process has ended), EOPNOTSUPP (there is nothing to attach to),
    /// those of <see cref="AttachHub.Add"/>.</summary>
    public SysResult Attach(Fd socket, AttachRequest request)
    {
        if (_isAttachable && !_isOver)
        {
            return Attached().Add(socket, request);
        }

        socket.Dispose();
        return SysResult.Fail(_isOver ? Errno.ESRCH : Errno.EOPNOTSUPP);
    }

    /// <summary>The process has ended, and nobody is attached from here on. Ends when those who are have got everything; null when there are none.</summary>
    public Task? EndAttachAsync()
    {
        _isOver = true;
        return _attached?.EndAsync();
    }

    /// <summary>Describes all of it for a shim that is about to rest.</summary>
    /// <returns>False when something is under way.</returns>
    public bool TrySave(ref RestState state, List<byte> pending)
        => _attached?.TrySave(ref state) != false
            && _output?.TrySave(ref state, pending) != false
            && _terminal?.TrySave(ref state) != false
            && _stdio!.TrySave(ref state);

    public void Dispose()
    {
        _stdio?.Dispose();
        _terminal?.Dispose();
        _output?.Dispose();
        _attached?.Dispose();
    }

    private void Adopt(RestState before, ReadOnlySpan<byte> pending)
    {
        _output?.Adopt(_process.Stdio, before, pending);
        _stdio = Stdio.Adopt(ShimDescriptors.TakeIfAny(before.StdinHold));
        if (_process.Stdio.Stdin.Kind == StreamKind.Attach)
        {
            // Where stdin has ended, what clients still write is read and lost, as before.
            Fd? writer = ShimDescriptors.TakeIfAny(before.StdinWriter);
            Attached().Input = new AttachInput(_loop, writer ?? NativeFile.OpenNull().OrThrow("open /dev/null"), writer is null || _process.Terminal);
        }

        if (ShimDescriptors.TakeIfAny(before.Terminal) is { } master)
        {
            _terminal = new TerminalIo(
                _loop, master, ShimDescriptors.TakeIfAny(before.TerminalSource), ShimDescriptors.TakeIfAny(before.TerminalTarget));
        }
    }

    /// <summary>Before the process can say anything, so that who is attached from the first moment on misses nothing.</summary>
    private void PrepareAttach()
    {
        if (_process.Stdio.Stdin.Kind == StreamKind.Attach || _process.Stdio.HasClient)
        {
            _ = Attached();
        }

        if (_process.Stdio.HasClient)
        {
            var everything = new AttachRequest { Stdin = true, Stdout = true, Stderr = true, Block = true };
            SysResult added = Attached().Add(ShimDescriptors.TakeClient(), everything);
            if (!added.IsOk)
            {
                throw new ShimFailedException("cannot attach the descriptor that was passed for it", added.Error);
            }
        }
    }

    /// <summary>Made when the first comes; most processes never see one.</summary>
    private AttachHub Attached()
    {
        _attached ??= new AttachHub(_loop);
        _output?.Attached ??= _attached;
        return _attached;
    }
}
