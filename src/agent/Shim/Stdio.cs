using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>The three streams of the process, as the runtime inherits them. It has the very files, and nothing is copied, but for what is
/// logged or attached to: that comes to us through a pipe.</summary>
internal sealed class Stdio : IDisposable
{
    private readonly Fd[] _streams;
    private Fd? _stdinHold;

    private Stdio(Fd[] streams, Fd? stdinHold)
    {
        _streams = streams;
        _stdinHold = stdinHold;
    }

    /// <summary>stdin, stdout, stderr.</summary>
    public IReadOnlyList<Fd> Streams => _streams;

    /// <summary>Opens all three.</summary>
    /// <param name="loop">Where what passes through us is served.</param>
    /// <param name="process">What they are.</param>
    /// <param name="output">Gets the reading ends of what passes through us; not null where there is such a stream.</param>
    /// <param name="attached">Gets the writing end of stdin; not null where that is for attached clients.</param>
    /// <exception cref="ShimFailedException">One cannot be opened.</exception>
    public static Stdio Open(EventLoop loop, ProcessRecord process, ProcessOutput? output, AttachHub? attached)
    {
        Fd? hold = null;
        StdioRecord stdio = process.Stdio;
        if (stdio.Stdin.Kind == StreamKind.Attach && !process.Terminal)
        {
            Pipe pipe = Pipe.Create().OrThrow("pipe2");
            pipe.Writer.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
            attached!.Input = new AttachInput(loop, pipe.Writer, isTerminal: false);
            return With(process, Owned(pipe.Reader, process), output, null);
        }

        if (stdio.Stdin.Kind == StreamKind.Fifo)
        {
            // While we hold it both ways, its end is not read before a writer has come, and never without a closeStdin.
            hold = Opened(stdio.Stdin, Fifo.OpenBoth(stdio.Stdin.Path!));
        }

        return With(process, OpenInput(stdio.Stdin), output, hold);
    }

    private static Stdio With(ProcessRecord process, Fd stdin, ProcessOutput? output, Fd? hold)
    {
        Fd stdout = OpenOutput(process.Stdio.Stdout, 1, process, output);
        Fd stderr = OpenOutput(process.Stdio.Stderr, 2, process, output);
        return new Stdio([stdin, stdout, stderr], hold);
    }

    /// <summary>Those of a process that runs: there is nothing left but our hold.</summary>
    public static Stdio Adopt(Fd? stdinHold) => new([], stdinHold);

    /// <summary>Describes them for a shim that is about to rest.</summary>
    public bool TrySave(ref RestState state)
    {
        state.StdinHold = _stdinHold?.Number ?? -1;
        return true;
    }

    /// <summary>The process has them now; what is left with us is our hold on a stdin fifo.</summary>
    public void CloseStreams()
    {
        foreach (Fd stream in _streams)
        {
            stream.Dispose();
        }
    }

    /// <summary>Lets go of a stdin fifo: the process reads its end once the other writers have gone too.</summary>
    public void CloseStdin()
    {
        _stdinHold?.Dispose();
        _stdinHold = null;
    }

    public void Dispose()
    {
        CloseStreams();
        CloseStdin();
    }

    private static Fd OpenInput(StreamRecord stream) => stream.Kind switch
    {
        // What is typed at a terminal comes to its other side.
        StreamKind.Null or StreamKind.Attach => NativeFile.OpenNull().OrThrow("open /dev/null"),
        StreamKind.Fifo => Blocking(Opened(stream, Fifo.OpenReader(stream.Path!))),
        StreamKind.File => Opened(stream, NativeFile.OpenRead(stream.Path!)),
        StreamKind.Fd => ShimDescriptors.TakeStdio(0),
        _ => throw new ShimFailedException($"stdin cannot be of kind {stream.Kind}"),
    };

    private static Fd OpenOutput(StreamRecord stream, int number, ProcessRecord process, ProcessOutput? output)
    {
        switch (stream.Kind)
        {
            case StreamKind.Null:
                return NativeFile.OpenNull().OrThrow("open /dev/null");
            case StreamKind.Fifo:
                // Both ways: a reader that is missing or goes away neither blocks nor kills the process.
                Fd fifo = Opened(stream, Fifo.OpenBoth(stream.Path!));
                return Owned(fifo, process);
            case StreamKind.File:
                return Opened(stream, NativeFile.OpenAppend(stream.Path!));
            case StreamKind.Fd:
                return ShimDescriptors.TakeStdio(number);
            case StreamKind.Log or StreamKind.Attach when process.Terminal:
                // What a terminal shows comes from its other side.
                return NativeFile.OpenNull().OrThrow("open /dev/null");
            case StreamKind.Log or StreamKind.Attach:
                Pipe pipe = Pipe.Create().OrThrow("pipe2");
                pipe.Reader.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
                output!.Add(number == 2, stream.Kind == StreamKind.Log, pipe.Reader);
                return Owned(pipe.Writer, process);
            default:
                throw new ShimFailedException($"stream {number} cannot be of kind {stream.Kind}");
        }
    }

    private static Fd Opened(StreamRecord stream, SysResult<Fd> opened)
        => opened.IsOk ? opened.Value! : throw new ShimFailedException($"cannot open {stream.Path}", opened.Error);

    private static Fd Blocking(Fd fd)
    {
        fd.SetNonBlocking(false).OrThrow("fcntl");
        return fd;
    }

    // In a user namespace the process can open /dev/stdout again only if its own root owns the pipe.
    private static Fd Owned(Fd fd, ProcessRecord process)
    {
        if (process.RootUid != 0 || process.RootGid != 0)
        {
            SysResult changed = NativeFile.ChangeOwner(fd, (uint)process.RootUid, (uint)process.RootGid);
            return changed.IsOk ? fd : throw new ShimFailedException("cannot change a pipe's owner", changed.Error);
        }

        return fd;
    }
}
