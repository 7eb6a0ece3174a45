using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>A process's terminal: its master, copied from and to the process's stdin and stdout.</summary>
internal sealed class TerminalIo : IDisposable
{
    private readonly Fd _master;
    private readonly StreamCopy? _output;
    private readonly StreamCopy? _input;

    /// <param name="loop">Where it is copied.</param>
    /// <param name="master">The terminal; taken over.</param>
    /// <param name="source">What is typed there; null for nothing, or when others write it. Taken over.</param>
    /// <param name="target">Where what it shows goes; null when others read it. Taken over.</param>
    public TerminalIo(EventLoop loop, Fd master, Fd? source, Fd? target)
    {
        _master = master;
        _output = target is null ? null : new StreamCopy(loop, Copy(master), target);
        _input = source is null ? null : new StreamCopy(loop, source, Copy(master));
    }

    /// <summary>For a process that was started.</summary>
    /// <param name="loop">Where it is copied.</param>
    /// <param name="master">The terminal; taken over.</param>
    /// <param name="stdio">The streams.</param>
    /// <param name="kinds">What they are: output that is logged or attached to goes to <paramref name="output"/>.</param>
    /// <param name="output">As in <see cref="Stdio.Open"/>.</param>
    /// <param name="attached">As in <see cref="Stdio.Open"/>.</param>
    public static TerminalIo Open(EventLoop loop, Fd master, Stdio stdio, StdioRecord kinds, ProcessOutput? output, AttachHub? attached)
    {
        string kind = kinds.Stdout.Kind;
        AdoptSize(master, stdio);
        bool isTaken = kind is StreamKind.Log or StreamKind.Attach;
        if (isTaken)
        {
            output!.Add(isError: false, kind == StreamKind.Log, Copy(master));
        }

        bool isWritten = kinds.Stdin.Kind == StreamKind.Attach;
        if (isWritten)
        {
            attached!.Input = new AttachInput(loop, Copy(master), isTerminal: true);
        }

        return new TerminalIo(
            loop, master, isWritten ? null : NonBlocking(stdio.Streams[0]), isTaken ? null : NonBlocking(stdio.Streams[1]));
    }

    /// <summary>Describes it for a shim that is about to rest.</summary>
    /// <returns>False when something is under way.</returns>
    public bool TrySave(ref RestState state)
    {
        state.Terminal = _master.Number;
        state.TerminalSource = _input?.SourceNumber ?? -1;
        state.TerminalTarget = _output?.TargetNumber ?? -1;
        return _input is not { IsBusy: true } && _output is not { IsBusy: true };
    }

    /// <summary>The process's foreground group gets SIGWINCH.</summary>
    public void Resize(TerminalSize size) => Resize(_master, size);

    private static void Resize(Fd master, TerminalSize size)
    {
        SysResult resized = Terminal.SetSize(master, size);
        if (!resized.IsOk)
        {
            Logging.ShimLog.Error("resize", resized.Error.Describe());
        }
    }

    /// <summary>The process has ended: what it wrote goes out.</summary>
    public void Drain() => _output?.Drain();

    public void Dispose()
    {
        _output?.Dispose();
        _input?.Dispose();
        _master.Dispose();
    }

    // Where the client's own terminal is the stream, ours has its size from the first moment on.
    private static void AdoptSize(Fd master, Stdio stdio)
    {
        foreach (Fd stream in stdio.Streams)
        {
            if (Terminal.GetSize(stream, out TerminalSize size).IsOk && size is { Columns: > 0, Rows: > 0 })
            {
                Resize(master, size);
                return;
            }
        }
    }

    private static Fd Copy(Fd fd) => fd.Duplicate().OrThrow("fcntl F_DUPFD_CLOEXEC");

    /// <summary>Non-blocking is a property of the open file, which a client may share with its shell: where possible it is opened anew.</summary>
    private static Fd NonBlocking(Fd fd)
    {
        SysResult<Fd> reopened = NativeFile.Reopen(fd);
        if (reopened.IsOk)
        {
            return reopened.Value!;
        }

        Fd copy = Copy(fd);
        copy.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
        return copy;
    }
}
