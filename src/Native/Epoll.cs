using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>epoll_ctl(2): what to wait for, and what came.</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    In = 0x001,
    Priority = 0x002,
    Out = 0x004,
    Error = 0x008,
    HangUp = 0x010,
    ReadHangUp = 0x2000,
    EdgeTriggered = 1u << 31,
}

/// <summary>epoll(7): one instance with its buffer of results. Level-triggered unless told otherwise. Owned by one thread.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const int Capacity = 64;
    private readonly Fd _fd;
    private readonly byte[] _results = new byte[Capacity * Abi.EpollEventSize];

    /// <summary>epoll_create1(2). Throws when the machine has no descriptor left (EMFILE, ENFILE, ENOMEM).</summary>
    public Epoll() => _fd = Fd.From(Libc.epoll_create1(Libc.EPOLL_CLOEXEC)).OrThrow("epoll_create1");

    /// <summary>epoll_ctl(2) EPOLL_CTL_ADD; <paramref name="key"/> comes back with each event. Errors: EEXIST, ENOSPC,
    /// EPERM (a regular file).</summary>
    public SysResult Add(Fd fd, EpollEvents interest, ulong key) => Control(Libc.EPOLL_CTL_ADD, fd, interest, key);

    /// <summary>epoll_ctl(2) EPOLL_CTL_MOD. Errors: ENOENT.</summary>
    public SysResult Modify(Fd fd, EpollEvents interest, ulong key) => Control(Libc.EPOLL_CTL_MOD, fd, interest, key);

    /// <summary>epoll_ctl(2) EPOLL_CTL_DEL; to be called before the descriptor is closed, since a duplicate in another
    /// process would keep the registration alive. Errors: ENOENT.</summary>
    public SysResult Remove(Fd fd) => Control(Libc.EPOLL_CTL_DEL, fd, EpollEvents.None, 0);

    /// <summary>epoll_wait(2): the number of results, for <see cref="Result"/>; −1 ms waits for ever. EINTR counts as no
    /// result. Any other error is a bug of ours (EBADF, EINVAL): it is returned and must end the loop, not spin it.</summary>
    public SysResult Wait(int timeoutMs)
    {
        fixed (byte* results = _results)
        {
            SysResult count = SysResult.From(Libc.epoll_wait(_fd, results, Capacity, timeoutMs));
            return count.Error == Errno.EINTR ? SysResult.Ok : count;
        }
    }

    /// <summary>One of the results of the last <see cref="Wait"/>: what came, and the key it was added with.</summary>
    public (EpollEvents Events, ulong Key) Result(int index)
    {
        ReadOnlySpan<byte> result = _results.AsSpan(index * Abi.EpollEventSize, Abi.EpollEventSize);
        return ((EpollEvents)MemoryMarshal.Read<uint>(result), MemoryMarshal.Read<ulong>(result[Abi.EpollEventDataOffset..]));
    }

    public void Dispose() => _fd.Dispose();

    private SysResult Control(int operation, Fd fd, EpollEvents interest, ulong key)
    {
        Span<byte> epollEvent = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(epollEvent, (uint)interest);
        BinaryPrimitives.WriteUInt64LittleEndian(epollEvent[Abi.EpollEventDataOffset..], key);
        fixed (byte* start = epollEvent)
        {
            return SysResult.From(Libc.epoll_ctl(_fd, operation, fd, start));
        }
    }
}
