namespace Shimd.Native;

/// <summary>
/// flock(2): an exclusive lock that belongs to the open file, and so to every process that has inherited it; it goes
/// when the last of them closes it, however that process ended.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private FileLock(Fd fd) => Fd = fd;

    /// <summary>The descriptor that holds the lock.</summary>
    public Fd Fd { get; }

    /// <summary>Opens (and creates, mode 0600) the file and takes the lock without waiting. Errors: EAGAIN when somebody holds it;
    /// those of open(2).</summary>
    public static SysResult<FileLock> TryTake(string path) => Take(path, Libc.LOCK_NB);

    /// <summary>As <see cref="TryTake"/>, but waits until the lock is free: only for one who has nothing else to do.</summary>
    public static SysResult<FileLock> Take(string path) => Take(path, 0);

    public void Dispose() => Fd.Dispose();

    private static SysResult<FileLock> Take(string path, int flags)
    {
        SysResult<Fd> opened = Fd.From(Libc.open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC, 0x180));
        if (!opened.IsOk)
        {
            return SysResult<FileLock>.Fail(opened.Error);
        }

        SysResult locked;
        do
        {
            locked = SysResult.From(Libc.flock(opened.Value!, Libc.LOCK_EX | flags));
        }
        while (locked.Error == Errno.EINTR);
        if (locked.IsOk)
        {
            return SysResult<FileLock>.Of(new FileLock(opened.Value!));
        }

        opened.Value!.Dispose();
        return SysResult<FileLock>.Fail(locked.Error);
    }
}
