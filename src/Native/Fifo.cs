namespace Shimd.Native;

/// <summary>fifo(7): a named pipe.</summary>
internal static class Fifo
{
    /// <summary>mkfifo(3), mode 0600. Errors: EEXIST, EACCES, ENOSPC, ENOENT.</summary>
    public static SysResult Create(string path) => SysResult.From(Libc.mkfifo(path, 0x180));

    /// <summary>Opens the reading end, non-blocking; never waits for a writer. EPOLLHUP is reported only for a writer that was there
    /// at or after this open: who opens after the last writer has gone hears nothing.</summary>
    public static SysResult<Fd> OpenReader(string path)
        => Fd.From(Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0));

    /// <summary>Opens the writing end. Errors: ENXIO when nobody reads.</summary>
    public static SysResult<Fd> OpenWriter(string path)
        => Fd.From(Libc.open(path, Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0));

    /// <summary>Opens both ends in one blocking descriptor: never waits, and a reader that is missing or goes away neither blocks the
    /// open nor raises EPIPE, while the reader still sees the end when the last copy closes.</summary>
    public static SysResult<Fd> OpenBoth(string path)
        => Fd.From(Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NOCTTY, 0));
}
