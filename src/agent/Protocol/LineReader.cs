namespace Shimd.Protocol;

/// <summary>What <see cref="LineReader.TryRead"/> found.</summary>
internal enum LineStatus
{
    /// <summary>No complete line: read more.</summary>
    None,

    /// <summary>A complete line.</summary>
    Line,

    /// <summary>A line beyond the limit began; the rest of it, up to its newline, is thrown away unseen. Reported once a line.</summary>
    TooLong,

    /// <summary>Input has ended and this is what came after the last newline.</summary>
    Unterminated,
}

/// <summary>
/// Cuts bytes into lines for a loop that reads when the kernel says so: <see cref="GetMemory"/>, read, <see cref="Commit"/>, then
/// <see cref="TryRead"/> until <see cref="LineStatus.None"/>. Holds at most one over-long line's worth of memory, and none when idle.
/// </summary>
internal sealed class LineReader
{
    private const int InitialCapacity = 4_096;
    private const int NewlineReserve = 2;

    private readonly int _maxLineBytes;
    private byte[] _buffer = [];
    private int _start;
    private int _scanned;
    private int _end;
    private bool _discarding;
    private bool _completed;

    /// <param name="maxLineBytes">The longest line accepted, in bytes without <c>\n</c> or <c>\r\n</c>.</param>
    public LineReader(int maxLineBytes = Limits.MaxInputLineBytes) => _maxLineBytes = maxLineBytes;

    /// <summary>Whether the beginning of a line waits for its newline, once <see cref="TryRead"/> has answered <see cref="LineStatus.None"/>.</summary>
    public bool HasPartialLine => _end > _start || _discarding;

    /// <summary>Bytes read and not yet handed out.</summary>
    public int BufferedBytes => _end - _start;

    /// <summary>Bytes held by the buffer.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Room to read into, never empty. Ends the life of every line handed out before.</summary>
    public Memory<byte> GetMemory()
    {
        MakeRoom();
        return _buffer.AsMemory(_end);
    }

    /// <summary>As <see cref="GetMemory"/>.</summary>
    public Span<byte> GetSpan()
    {
        MakeRoom();
        return _buffer.AsSpan(_end);
    }

    /// <summary>The first <paramref name="count"/> bytes of the room have been filled.</summary>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <summary>What was read behind the last line that was handed out; lives as a line does.</summary>
    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(_start, BufferedBytes);

    /// <summary>No more input will come: the unterminated rest, if any, is handed out.</summary>
    public void Complete() => _completed = true;

    /// <summary>The next line, without its newline; empty lines are skipped. It lives until the next <see cref="GetMemory"/>.</summary>
    public LineStatus TryRead(out ReadOnlyMemory<byte> line)
    {
        line = default;
        while (true)
        {
            int newline = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (newline < 0)
            {
                return ReadRest(out line);
            }

            int lineEnd = _scanned + newline;
            ReadOnlyMemory<byte> found = TrimReturn(_start, lineEnd);
            bool discarded = _discarding;
            _discarding = false;
            _start = _scanned = lineEnd + 1;
            if (discarded || found.IsEmpty)
            {
                continue;
            }

            if (found.Length > _maxLineBytes)
            {
                return LineStatus.TooLong;
            }

            line = found;
            return LineStatus.Line;
        }
    }

    private LineStatus ReadRest(out ReadOnlyMemory<byte> line)
    {
        line = default;
        _scanned = _end;
        if (_discarding)
        {
            _start = _end;
        }
        else if (TrimReturn(_start, _end).Length > _maxLineBytes)
        {
            _discarding = true;
            _start = _end;
            ReleaseIfEmpty();
            return LineStatus.TooLong;
        }
        else if (_completed && _end > _start)
        {
            line = TrimReturn(_start, _end);
            _start = _end;
            return line.IsEmpty ? LineStatus.None : LineStatus.Unterminated;
        }

        ReleaseIfEmpty();
        return LineStatus.None;
    }

    private ReadOnlyMemory<byte> TrimReturn(int start, int end)
    {
        if (end > start && _buffer[end - 1] == (byte)'\r')
        {
            end--;
        }

        return _buffer.AsMemory(start, end - start);
    }

    /// <summary>Gives a grown buffer back; lines handed out keep the old array alive, and valid, for as long as they are held.</summary>
    private void ReleaseIfEmpty()
    {
        if (_start != _end)
        {
            return;
        }

        _start = _scanned = _end = 0;
        if (_buffer.Length > InitialCapacity)
        {
            _buffer = [];
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        int used = _end - _start;
        int limit = _maxLineBytes + NewlineReserve;
        if (_start > 0 && used <= _buffer.Length / 2)
        {
            _buffer.AsSpan(_start, used).CopyTo(_buffer);
        }
        else
        {
            int capacity = Math.Min(Math.Max(_buffer.Length * 2, InitialCapacity), limit);
            if (capacity <= used)
            {
                capacity = used + InitialCapacity; // the caller reads on without taking lines out
            }

            byte[] larger = new byte[capacity];
            _buffer.AsSpan(_start, used).CopyTo(larger);
            _buffer = larger;
        }

        _scanned -= _start;
        _start = 0;
        _end = used;
    }
}
