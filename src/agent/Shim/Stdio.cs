using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>The three streams of the process, as the runtime inherits them. Nothing is copied: the process has the very files.</summary>
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
    /// <exception cref="ShimFailedException">One cannot be opened.</exception>
    public static Stdio Open(ProcessRecord process)
    {
        Fd? hold = null;
        StdioRecord stdio = process.Stdio;
        if (stdio.Stdin.Kind == StreamKind.Fifo)
        {
            // While we hold it both ways, its end is not read before a writer has come, and never without a closeStdin.
            hold = Opened(stdio.Stdin, Fifo.OpenBoth(stdio.Stdin.Path!));
        }

        Fd stdin = OpenInput(stdio.Stdin);
        Fd stdout = OpenOutput(stdio.Stdout, 1, process);
        Fd stderr = OpenOutput(stdio.Stderr, 2, process);
        return new Stdio([stdin, stdout, stderr], hold);
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
        StreamKind.Null => NativeFile.OpenNull().OrThrow("open /dev/null"),
        StreamKind.Fifo => Blocking(Opened(stream, Fifo.OpenReader(stream.Path!))),
        StreamKind.File => Opened(stream, NativeFile.OpenRead(stream.Path!)),
        StreamKind.Fd => ShimDescriptors.TakeStdio(0),
        _ => throw new ShimFailedException($"stdin cannot be of kind {stream.Kind}"),
    };

    private static Fd OpenOutput(StreamRecord stream, int number, ProcessRecord process)
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

    // In a user namespace the process can open /dev/stdout again only if its own root owns the fifo.
    private static Fd Owned(Fd fd, ProcessRecord process)
    {
        if (process.RootUid != 0 || process.RootGid != 0)
        {
            SysResult changed = NativeFile.ChangeOwner(fd, process.RootUid, process.RootGid);
            return changed.IsOk ? fd : throw new ShimFailedException("cannot change a fifo's owner", changed.Error);
        }

        return fd;
    }
}
