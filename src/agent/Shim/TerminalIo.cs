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

    /// <summary>Takes the master over, and copies of the streams.</summary>
    /// <param name="loop">Where they are copied.</param>
    /// <param name="master">The terminal.</param>
    /// <param name="stdio">The streams.</param>
    /// <param name="kinds">What they are: output that is logged or attached to goes to <paramref name="output"/>.</param>
    /// <param name="output">As in <see cref="Stdio.Open"/>.</param>
    /// <param name="attached">As in <see cref="Stdio.Open"/>.</param>
    public TerminalIo(EventLoop loop, Fd master, Stdio stdio, StdioRecord kinds, ProcessOutput? output, AttachHub? attached)
    {
        string kind = kinds.Stdout.Kind;
        _master = master;
        AdoptSize(stdio);
        if (kind is StreamKind.Log or StreamKind.Attach)
        {
            output!.Add(isError: false, kind == StreamKind.Log, Copy(master));
        }
        else
        {
            _output = new StreamCopy(loop, Copy(master), NonBlocking(stdio.Streams[1]));
        }

        if (kinds.Stdin.Kind == StreamKind.Attach)
        {
            attached!.Input = new AttachInput(loop, Copy(master), isTerminal: true);
        }
        else
        {
            _input = new StreamCopy(loop, NonBlocking(stdio.Streams[0]), Copy(master));
        }
    }

    /// <summary>The process's foreground group gets SIGWINCH.</summary>
    public void Resize(TerminalSize size)
    {
        SysResult resized = Terminal.SetSize(_master, size);
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
    private void AdoptSize(Stdio stdio)
    {
        foreach (Fd stream in stdio.Streams)
        {
            if (Terminal.GetSize(stream, out TerminalSize size).IsOk && size is { Columns: > 0, Rows: > 0 })
            {
                Resize(size);
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
