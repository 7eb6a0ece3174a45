using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>A file descriptor with one owner: whoever holds this object, until <see cref="IDisposable.Dispose"/>.</summary>
internal sealed class Fd : SafeHandle
{
    public Fd()
        : base(-1, ownsHandle: true)
    {
    }

    public Fd(int number, bool owned = true)
        : base(-1, owned) => SetHandle(number);

    public override bool IsInvalid => handle == -1;

    /// <summary>The number, for messages and /proc paths; the object must outlive its use.</summary>
    public int Number => (int)handle;

    /// <summary>A name that reaches this very file, for calls that take only a path (proc(5)).</summary>
    public string ProcPath => $"/proc/self/fd/{Number}";

    /// <summary>Adopts what a system call returned: a new descriptor, or −1 with errno.</summary>
    public static SysResult<Fd> From(int returned)
        => returned >= 0 ? SysResult<Fd>.Of(new Fd(returned)) : SysResult<Fd>.Fail((Errno)Marshal.GetLastPInvokeError());

    /// <summary>fcntl(2) F_DUPFD_CLOEXEC: a second descriptor for the same open file, numbered at least <paramref name="atLeast"/>.
    /// Errors: EMFILE.</summary>
    public SysResult<Fd> Duplicate(int atLeast = 3) => From(Libc.fcntl(this, Libc.F_DUPFD_CLOEXEC, atLeast));

    /// <summary>fcntl(2) F_SETFD FD_CLOEXEC: not inherited by what is spawned from here on.</summary>
    public SysResult CloseOnExec() => SysResult.From(Libc.fcntl(this, Libc.F_SETFD, Libc.FD_CLOEXEC));

    /// <summary>fcntl(2) F_SETFD 0: stays open over execve(2), and in whatever is spawned until then.</summary>
    public SysResult KeepOnExec() => SysResult.From(Libc.fcntl(this, Libc.F_SETFD, 0));

    /// <summary>fcntl(2) F_SETFL: sets or clears O_NONBLOCK on the open file description (shared with its duplicates).</summary>
    public SysResult SetNonBlocking(bool on)
    {
        SysResult flags = SysResult.From(Libc.fcntl(this, Libc.F_GETFL, 0));
        if (!flags.IsOk)
        {
            return flags;
        }

        int wanted = on ? (int)flags.Value | Libc.O_NONBLOCK : (int)flags.Value & ~Libc.O_NONBLOCK;
        return SysResult.From(Libc.fcntl(this, Libc.F_SETFL, wanted));
    }

    /// <summary>read(2), EINTR retried. 0 is the end. Errors: EAGAIN, EIO, ECONNRESET.</summary>
    public unsafe SysResult Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            SysResult result;
            do
            {
                result = SysResult.From(Libc.read(this, start, (nuint)buffer.Length));
            }
            while (result.Error == Errno.EINTR);
            return result;
        }
    }

    /// <summary>poll(2) POLLOUT: whether a write would not wait, or fail at once.</summary>
    public bool IsWritable(TimeSpan patience) => IsReady(EarlyLibc.POLLOUT, patience);

    /// <summary>poll(2) POLLPRI: whether there is news, as the kind of file has it.</summary>
    public bool IsUrgent() => IsReady(EarlyLibc.POLLPRI, TimeSpan.Zero);

    /// <summary>write(2), EINTR retried; may write less than asked. Errors: EAGAIN, EPIPE, ENOSPC, EDQUOT, EIO.</summary>
    public unsafe SysResult Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            SysResult result;
            do
            {
                result = SysResult.From(Libc.write(this, start, (nuint)buffer.Length));
            }
            while (result.Error == Errno.EINTR);
            return result;
        }
    }

    /// <summary>write(2) until all is written; for files and blocking descriptors.</summary>
    public SysResult WriteAll(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            SysResult result = Write(buffer);
            if (!result.IsOk)
            {
                return result;
            }

            buffer = buffer[(int)result.Value..];
        }

        return SysResult.Ok;
    }

    // close(2): Linux has released the number even when it reports EINTR or EIO; a second try could close somebody else's.
    protected override bool ReleaseHandle()
    {
        _ = Libc.close((int)handle);
        return true;
    }

    private unsafe bool IsReady(short wanted, TimeSpan patience)
    {
        var descriptor = new EarlyLibc.PollDescriptor { Fd = Number, Wanted = wanted };
        return Libc.poll(&descriptor, 1, (int)patience.TotalMilliseconds) == 1;
    }
}
