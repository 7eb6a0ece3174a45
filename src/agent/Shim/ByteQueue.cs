using Shimd.Native;

namespace Shimd.Shim;

/// <summary>Bytes that somebody is yet to take, in memory that the collector does not know.</summary>
internal sealed class ByteQueue(int capacityBytes) : IDisposable
{
    private PageBuffer? _pages;
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>What waits; until the next call.</summary>
    public ReadOnlySpan<byte> Waiting => IsEmpty ? default : _pages!.Span[_start.._end];

    /// <summary>Bytes that could be put in without more memory.</summary>
    public int Free => capacityBytes - (_end - _start);

    /// <summary>The first of those that wait were taken.</summary>
    public void Take(int count)
    {
        _start += count;
        if (IsEmpty)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Puts bytes behind those that wait; takes more memory if they do not fit.</summary>
    public void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Room for so many bytes behind those that wait: see <see cref="Commit"/>.</summary>
    public Span<byte> Room(int count)
    {
        int waiting = _end - _start;
        if (_pages is null || _pages.Span.Length < waiting + count)
        {
            PageBuffer larger = PageBuffer.Create(Math.Max(capacityBytes, waiting + count)).OrThrow("mmap");
            Waiting.CopyTo(larger.Span);
            _pages?.Dispose();
            _pages = larger;
            (_start, _end) = (0, waiting);
        }
        else if (_pages.Span.Length - _end < count)
        {
            Waiting.CopyTo(_pages.Span);
            (_start, _end) = (0, waiting);
        }

        return _pages.Span.Slice(_end, count);
    }

    /// <summary>So much of the <see cref="Room"/> was filled.</summary>
    public void Commit(int count) => _end += count;

    /// <summary>Gives the memory back if nothing waits in it.</summary>
    public void ReleaseUnused()
    {
        if (IsEmpty)
        {
            Dispose();
        }
    }

    /// <summary>Forgets all, and gives the memory back.</summary>
    public void Dispose()
    {
        _pages?.Dispose();
        _pages = null;
        _start = _end = 0;
    }
}
