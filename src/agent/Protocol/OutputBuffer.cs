using System.Buffers;

namespace Shimd.Protocol;

/// <summary>
/// Bytes on their way to a socket that takes them when it likes. One array, given back when it is empty; one that was given back waits for
/// whoever needs more room next, since a batch of requests has a batch of answers each time.
/// </summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int InitialCapacity = 4_096;
    private const int MaxSpareBytes = 64 * 1024;

    /// <summary>Of each thread, that is of each loop.</summary>
    [ThreadStatic]
    private static byte[]? s_spare;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>Bytes written and not yet consumed.</summary>
    public int Pending => _end - _start;

    public int Capacity => _buffer.Length;

    /// <summary>Everything pending, in one piece; valid until the next write or <see cref="Consume"/>.</summary>
    public ReadOnlyMemory<byte> Peek() => _buffer.AsMemory(_start, Pending);

    /// <summary>The first <paramref name="count"/> pending bytes are gone.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Pending);
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
            if (_buffer.Length > InitialCapacity)
            {
                KeepSpare(_buffer);
                _buffer = [];
            }
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Takes back what was written last, down to <paramref name="pending"/> bytes.</summary>
    public void Rollback(int pending)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pending);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pending, Pending);
        _end = _start + pending;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_end);
    }

    private void MakeRoom(int size)
    {
        if (_buffer.Length - _end >= size)
        {
            return;
        }

        int pending = Pending;
        byte[] target = _buffer.Length >= 2 * (pending + size) ? _buffer : TakeSpare(pending + size) ?? new byte[NewCapacity(pending + size)];
        _buffer.AsSpan(_start, pending).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = pending;
    }

    private static void KeepSpare(byte[] buffer)
    {
        if (buffer.Length <= MaxSpareBytes && (s_spare is null || s_spare.Length < buffer.Length))
        {
            s_spare = buffer;
        }
    }

    private static byte[]? TakeSpare(int needed)
    {
        if (s_spare is not { } spare || spare.Length < needed)
        {
            return null;
        }

        s_spare = null;
        return spare;
    }

    private int NewCapacity(int needed) => Math.Max(InitialCapacity, Math.Max(needed, Math.Min(_buffer.Length * 2, needed * 2)));
}
