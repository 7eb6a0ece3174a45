namespace Shimd.Native;

/// <summary>mmap(2) MAP_PRIVATE | MAP_ANONYMOUS: memory of our own that the collector does not know. A page costs nothing before it is
/// first written to. Owned by whoever made it, until it is disposed of.</summary>
internal sealed unsafe class PageBuffer : IDisposable
{
    private readonly int _sizeBytes;
    private byte* _start;

    private PageBuffer(byte* start, int sizeBytes)
    {
        _start = start;
        _sizeBytes = sizeBytes;
    }

    /// <summary>All of it, full of zeros at first. Not to be used after Dispose.</summary>
    public Span<byte> Span => new(_start, _start is null ? 0 : _sizeBytes);

    /// <summary>mmap(2) of so many bytes. Errors: ENOMEM.</summary>
    public static SysResult<PageBuffer> Create(int sizeBytes)
    {
        nint mapped = Libc.mmap(
            null, (nuint)sizeBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        SysResult result = SysResult.From(mapped);
        return result.IsOk ? SysResult<PageBuffer>.Of(new PageBuffer((byte*)mapped, sizeBytes)) : SysResult<PageBuffer>.Fail(result.Error);
    }

    /// <summary>madvise(2) MADV_DONTNEED: gives the pages back to the kernel; what was in them is zeros again.</summary>
    /// <param name="from">What lies before it stays, in bytes from the start.</param>
    public void Release(int from = 0)
    {
        int first = (from + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        if (_start is not null && first < _sizeBytes)
        {
            _ = Libc.madvise(_start + first, (nuint)(_sizeBytes - first), Libc.MADV_DONTNEED);
        }
    }

    public void Dispose()
    {
        if (_start is not null)
        {
            _ = Libc.munmap(_start, (nuint)_sizeBytes);
            _start = null;
        }
    }
}
