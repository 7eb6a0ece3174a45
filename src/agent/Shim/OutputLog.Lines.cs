using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <content>Output is cut into lines, which are gathered.</content>
internal sealed partial class OutputLog
{
    private const int LineBytes = LogLine.MaxContentBytes + 1;
    private const int Streams = 2;

    private readonly bool _json;

    /// <summary>What the lines have in common that came just now.</summary>
    private readonly byte[] _frame = new byte[LogLine.MaxFrameBytes];
    private readonly int _frameBytes;
    private long _now;

    /// <summary>By stream, the bytes of a line whose end has not come yet, and whether its beginning has been written.</summary>
    private readonly int[] _pending = new int[Streams];
    private readonly bool[] _isBegun = new bool[Streams];

    private Span<byte> Line(int stream) => _memory.Span.Slice(stream * LineBytes, LineBytes);

    private void SetFrame(int stream) => LogLine.WriteFrame(_frame, _json, _now, stream == 1);

    /// <summary>Takes lines as long as they are whole and there is room for them, and leaves all else to <see cref="TakeLine"/>.</summary>
    private int TakeLines(int stream, ReadOnlySpan<byte> output)
    {
        if (_pending[stream] > 0)
        {
            return 0;
        }

        Span<byte> gathered = Gathered;
        ReadOnlySpan<byte> frame = _frame.AsSpan(0, _frameBytes);
        long last = _start + Math.Min(_file.RoomBytes, int.MaxValue);
        int end = _end;
        int taken = 0;
        while (taken < output.Length && end < FlushBytes)
        {
            ReadOnlySpan<byte> rest = output[taken..];
            int length = rest[..Math.Min(rest.Length, LineBytes)].IndexOf((byte)'\n') + 1;
            int next = length == 0 ? end : end + LogLine.Write(gathered[end..], _json, frame, rest[..length]);
            if (next == end || next > last)
            {
                break;
            }

            end = next;
            taken += length;
        }

        _end = end;
        _rawBytes += taken;
        _isBegun[stream] &= taken == 0;
        return taken;
    }

    /// <summary>Takes a line, the longest piece of one that may be, or what there is.</summary>
    private int TakeLine(int stream, ReadOnlySpan<byte> output)
    {
        int pending = _pending[stream];
        int room = LogLine.MaxContentBytes - pending;
        int newline = output[..Math.Min(output.Length, room + 1)].IndexOf((byte)'\n');
        if (newline >= 0 && pending == 0)
        {
            Append(stream, output[..(newline + 1)]);
            return newline + 1;
        }

        int used = newline >= 0 ? newline + 1 : Math.Min(output.Length, room);
        output[..used].CopyTo(Line(stream)[pending..]);
        _pending[stream] = pending + used;
        if (newline >= 0)
        {
            EndPiece(stream, pending + used);
        }
        else if (used < output.Length)
        {
            EndPiece(stream, LogLine.CutOf(Line(stream)[..LogLine.MaxContentBytes]));
        }

        return used;
    }

    private void EndPiece(int stream, int length)
    {
        Span<byte> line = Line(stream);
        Append(stream, line[..length]);
        line[length.._pending[stream]].CopyTo(line);
        _pending[stream] -= length;
    }

    private void Append(int stream, ReadOnlySpan<byte> piece)
    {
        int length = LogLine.Write(Gathered[_end..], _json, _frame.AsSpan(0, _frameBytes), piece);

        // While the log cannot be written, what is gathered stays where it is until the next try; the file grows beyond its size for it.
        if (_problem == Errno.None && _file.IsFullFor(_end - _start, length))
        {
            int at = _end;
            Write(_end);
            if (_problem == Errno.None)
            {
                _file.Rotate();
                Gathered.Slice(at, length).CopyTo(Gathered);
            }
        }

        _end += length;
        _rawBytes += piece.Length;
        _isBegun[stream] = piece[^1] != (byte)'\n';
    }
}
