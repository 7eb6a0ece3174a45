using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// Reads a log line by line, from file to file, as far as it has been written. Each call of <see cref="Fill"/> reads a piece, so that the
/// loop has time for others. A file is held open while it is read: what becomes of its name does not matter.
/// </summary>
internal sealed class LogReader : IDisposable
{
    /// <summary>Room for the longest line, several times.</summary>
    private const int BufferBytes = 512 * 1024;
    private const int ReadBytes = 256 * 1024;
    private const int OutputBytes = 64 * 1024;

    private readonly LogSet _set;
    private readonly bool _json;
    private readonly PageBuffer _memory = PageBuffer.Create(BufferBytes + OutputBytes).OrThrow("mmap");
    private OpenLogFile? _file;
    private bool _isFinal;
    private bool _skips;
    private long _offset;
    private int _start;
    private int _end;

    public LogReader(LogSet set, bool json)
    {
        _set = set;
        _json = json;
    }

    /// <summary>Whether the file that is read still has the log's name, so that what is written to the log comes there.</summary>
    public bool IsAtCurrent => _file is not null && _set.IsCurrent(_file.Inode);

    /// <summary>Where the next line begins.</summary>
    public LogCursor? Position => _file is null ? null : new LogCursor(_file.Number, _file.Inode, _offset);

    /// <summary>Bytes that were no lines, since <see cref="ForgetGap"/>.</summary>
    public long LostBytes { get; private set; }

    /// <summary>Whether files had gone before they were read, since <see cref="ForgetGap"/>.</summary>
    public bool HasGap { get; private set; }

    /// <summary>Called with each file that is opened, before it is read.</summary>
    public Action<OpenLogFile>? OnOpen { get; set; }

    /// <summary>Whether everything before that place has been read.</summary>
    public bool IsAt(LogCursor end) => _file is not null
        && (_file.Number > end.Number || (_file.Number == end.Number && (_file.Inode != end.Inode || _offset >= end.Offset)));

    /// <summary>Reads from there on.</summary>
    public void Seek(OpenLogFile file, long offset)
    {
        _file?.Dispose();
        _file = file;
        _offset = offset;
        _start = _end = 0;
        _isFinal = _skips = false;
        OnOpen?.Invoke(file);
    }

    /// <summary>The gap has been told.</summary>
    public void ForgetGap()
    {
        HasGap = false;
        LostBytes = 0;
    }

    /// <summary>The next line that has been read; valid until the next call of any other member.</summary>
    /// <returns>False when more has to be read.</returns>
    public bool TryNext(out LogEntry entry)
    {
        entry = default;
        while (_start < _end)
        {
            ReadOnlySpan<byte> rest = _memory.Span[_start.._end];
            int newline = rest.IndexOf((byte)'\n');
            if (newline < 0)
            {
                return false;
            }

            bool isSkipped = _skips;
            _skips = false;
            _start += newline + 1;
            _offset += newline + 1;
            if (!isSkipped && LogEntry.TryRead(rest[..newline], _json, _memory.Span[BufferBytes..], out entry))
            {
                return true;
            }

            LostBytes += newline + 1;
        }

        return false;
    }

    /// <summary>Reads a piece more; goes on to the next file at the end of one.</summary>
    /// <returns>False when there is no more now.</returns>
    public bool Fill()
    {
        if (_file is null)
        {
            return TryOpenFirst();
        }

        MakeRoom();
        int room = Math.Min(BufferBytes - _end, ReadBytes);
        SysResult read = NativeFile.ReadAt(_file.Fd, _memory.Span.Slice(_end, room), _offset + _end - _start);
        if (read is { IsOk: true, Value: > 0 })
        {
            _end += (int)read.Value;
            return true;
        }

        if (_offset + _end - _start > _file.SizeBytes)
        {
            // It was cut short under our hands: from its beginning again.
            LostBytes += _end - _start;
            _start = _end = 0;
            _offset = 0;
            return _file.SizeBytes > 0;
        }

        if (!_isFinal)
        {
            // What was written between our reading and the rotation is still to be read.
            return _isFinal = _set.IsFinal(_file);
        }

        return TryOpenNext();
    }

    public void Dispose()
    {
        _file?.Dispose();
        _memory.Dispose();
    }

    /// <summary>The incomplete line goes to the front; one that no buffer holds is passed over.</summary>
    private void MakeRoom()
    {
        if (_start > 0)
        {
            _memory.Span[_start.._end].CopyTo(_memory.Span);
            _end -= _start;
            _start = 0;
        }

        if (_end == BufferBytes)
        {
            LostBytes += _end;
            _offset += _end;
            _end = 0;
            _skips = true;
        }
    }

    private bool TryOpenFirst()
    {
        OpenLogFile? first = _set.Open(_set.Numbers().Oldest);
        if (first is null)
        {
            return false;
        }

        Seek(first, 0);
        return true;
    }

    private bool TryOpenNext()
    {
        OpenLogFile? next = _set.After(_file!, out bool isGap);
        if (next is null)
        {
            return false;
        }

        // What is left of the old one has no newline and will never have one.
        LostBytes += _end - _start;
        HasGap |= isGap;
        Seek(next, 0);
        return true;
    }
}
