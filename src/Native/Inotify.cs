namespace Shimd.Native;

/// <summary>inotify(7): becomes readable when one of the watched files was written to, moved or removed. Owns its descriptor.</summary>
internal sealed class Inotify : IDisposable
{
    private const int BufferBytes = 4096;

    private Inotify(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    /// <summary>inotify_init1(2), non-blocking. Errors: EMFILE (the user's limit of instances, or descriptors), ENOMEM.</summary>
    public static SysResult<Inotify> Create()
    {
        SysResult<Fd> made = Fd.From(Libc.inotify_init1(Libc.IN_NONBLOCK | Libc.IN_CLOEXEC));
        return made.IsOk ? SysResult<Inotify>.Of(new Inotify(made.Value!)) : SysResult<Inotify>.Fail(made.Error);
    }

    /// <summary>inotify_add_watch(2) of an open file, whatever its name is by now. Errors: ENOSPC (the user's limit of watches).</summary>
    public SysResult Watch(Fd file)
        => SysResult.From(Libc.inotify_add_watch(Fd, file.ProcPath, Libc.IN_MODIFY | Libc.IN_ATTRIB | Libc.IN_MOVE_SELF));

    /// <summary>Takes what was reported, so that the descriptor is no longer readable.</summary>
    public void Acknowledge()
    {
        Span<byte> events = stackalloc byte[BufferBytes];
        while (Fd.Read(events) is { IsOk: true, Value: > 0 })
        {
        }
    }

    public void Dispose() => Fd.Dispose();
}
