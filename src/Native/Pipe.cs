namespace Shimd.Native;

/// <summary>pipe2(2): a pipe; whoever takes an end owns it.</summary>
internal sealed unsafe class Pipe : IDisposable
{
    private Pipe(int reader, int writer)
    {
        Reader = new Fd(reader);
        Writer = new Fd(writer);
    }

    public Fd Reader { get; }

    public Fd Writer { get; }

    /// <summary>Both ends close-on-exec and blocking. Errors: EMFILE, ENFILE.</summary>
    public static SysResult<Pipe> Create()
    {
        int* ends = stackalloc int[2];
        SysResult made = SysResult.From(Libc.pipe2(ends, Libc.O_CLOEXEC));
        return made.IsOk ? SysResult<Pipe>.Of(new Pipe(ends[0], ends[1])) : SysResult<Pipe>.Fail(made.Error);
    }

    /// <summary>splice(2), SPLICE_F_NONBLOCK: moves what a pipe holds into a socket, pages and not bytes. 0 is the end. Errors: EAGAIN (nothing there, or no
    /// room), EPIPE (with SIGPIPE), ECONNRESET, EINVAL (a kind of socket that cannot).</summary>
    public static SysResult Move(Fd reader, Fd socket, int bytes)
        => SysResult.From(Libc.splice(reader, null, socket, null, (nuint)bytes, Libc.SPLICE_F_NONBLOCK));

    public void Dispose()
    {
        Reader.Dispose();
        Writer.Dispose();
    }
}
