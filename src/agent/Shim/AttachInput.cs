using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>The stdin of the process as attached clients write it. What the process has not taken yet waits here, and meanwhile nothing
/// is read from any client.</summary>
/// <param name="loop">Where it is written.</param>
/// <param name="target">Non-blocking; taken over.</param>
/// <param name="isTerminal">A terminal has no end: closing it would hang it up.</param>
internal sealed class AttachInput(EventLoop loop, Fd target, bool isTerminal) : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private readonly ByteQueue _waiting = new(2 * ReadBytes);
    private Watch? _watch;
    private bool _isOver;
    private bool _endsWhenWritten;

    /// <summary>Called when it is no longer <see cref="IsFull"/>.</summary>
    public Action? OnRoom { get; set; }

    /// <summary>Its descriptor; −1 once it has ended.</summary>
    public int Number => target.IsClosed ? -1 : target.Number;

    /// <summary>Nothing may be read for it before <see cref="OnRoom"/>.</summary>
    public bool IsFull => !_waiting.IsEmpty;

    /// <summary>Where to read into, while it is not <see cref="IsFull"/>.</summary>
    public Span<byte> Room => _waiting.Room(ReadBytes);

    /// <summary>So much has been read into <see cref="Room"/>. A process that reads no more swallows it.</summary>
    public void Commit(int count)
    {
        _waiting.Commit(count);
        Flush();
    }

    /// <summary>A burst is over.</summary>
    public void ReleaseMemory() => _waiting.ReleaseUnused();

    /// <summary>Puts bytes behind what waits. False: there is no room.</summary>
    public bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        bool fits = bytes.Length <= _waiting.Free;
        if (fits)
        {
            _waiting.Put(bytes);
            Flush();
        }

        return fits;
    }

    /// <summary>The process reads the end, after all that was written before.</summary>
    public void End()
    {
        _endsWhenWritten = !isTerminal;
        Flush();
    }

    public void Dispose()
    {
        _isOver = true;
        _watch?.Dispose();
        _watch = null;
        target.Dispose();
        _waiting.Dispose();
    }

    private void Flush()
    {
        while (!_waiting.IsEmpty && !_isOver)
        {
            SysResult written = target.Write(_waiting.Waiting);
            if (written.WouldBlock)
            {
                _watch ??= loop.Watch("stdin", target, EpollEvents.Out, OnWritable);
                return;
            }

            // Nobody reads it any more: EPIPE, or EIO of a terminal.
            _isOver = !written.IsOk;
            _waiting.Take((int)Math.Max(written.Value, 0));
        }

        _watch?.Dispose();
        _watch = null;
        if (_endsWhenWritten || _isOver)
        {
            Dispose();
        }
    }

    private void OnWritable(EpollEvents events)
    {
        Flush();
        if (!IsFull)
        {
            OnRoom?.Invoke();
        }
    }
}
