using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Finds where the last lines of a log begin, from its end backwards, a piece at a time.</summary>
/// <param name="set">The log.</param>
/// <param name="json">json-file, else cri.</param>
/// <param name="lines">How many.</param>
/// <param name="streams">Of these streams.</param>
internal sealed class LogTail(LogSet set, bool json, long lines, LogStreams streams) : IDisposable
{
    private const int BlockBytes = 512 * 1024;

    private readonly PageBuffer _memory = PageBuffer.Create(BlockBytes).OrThrow("mmap");
    private OpenLogFile? _file;
    private long _end;
    private long _left = lines;
    private bool _isFirst = true;
    private bool _isFound;

    /// <summary>Looks at a piece more.</summary>
    /// <returns>False when it has been found: <see cref="Take"/>.</returns>
    public bool Step()
    {
        if (_file is null)
        {
            // In the midst of a rotation there is no current file.
            long current = set.Numbers().Current;
            return OpenBefore(current) || OpenBefore(current - 1);
        }

        if (_end == 0)
        {
            return OpenBefore(_file.Number - 1);
        }

        long begin = Math.Max(_end - BlockBytes, 0);
        SysResult read = NativeFile.ReadAt(_file.Fd, _memory.Span[..(int)(_end - begin)], begin);
        if (!read.IsOk || read.Value < _end - begin)
        {
            return false;
        }

        Look(_memory.Span[..(int)read.Value], begin);
        return !_isFound;
    }

    /// <summary>The file and the byte where they begin; null when there is no log. The file is the caller's.</summary>
    public (OpenLogFile? File, long Offset) Take()
    {
        OpenLogFile? file = _file;
        _file = null;
        return (file, _end);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _memory.Dispose();
    }

    private bool OpenBefore(long number)
    {
        if (number < set.Numbers().Oldest || set.Open(number) is not { } opened)
        {
            return false;
        }

        _file?.Dispose();
        _file = opened;
        _end = opened.SizeBytes;
        return true;
    }

    /// <summary>The lines of a block, the last first; what is before its first newline belongs to the block before.</summary>
    private void Look(ReadOnlySpan<byte> block, long begin)
    {
        int end = block.Length;
        while (end > 0)
        {
            int start = block[..(end - 1)].LastIndexOf((byte)'\n') + 1;
            if (start == 0 && begin > 0 && end < block.Length)
            {
                break;
            }

            if (block[end - 1] == (byte)'\n'
                && LogEntry.TryPeek(block[start..(end - 1)], json, out LogEntry entry)
                && streams.Has(entry.IsError)
                && (entry.IsWhole || _isFirst)
                && !Count())
            {
                _end = begin + end;
                return;
            }

            end = start;
        }

        _end = begin + end;
    }

    private bool Count()
    {
        _isFirst = false;
        _isFound = _left-- == 0;
        return !_isFound;
    }
}
