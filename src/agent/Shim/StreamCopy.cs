using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Shim;

/// <summary>
/// Copies one stream into another on the loop, as fast as both allow: while the target takes nothing, nothing is read. A
/// target that has gone swallows what comes, so that its end does not stop the process that writes.
/// </summary>
internal sealed class StreamCopy : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly EventLoop _loop;
    private readonly Fd _source;
    private readonly Fd _target;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private Watch? _sourceWatch;
    private Watch? _targetWatch;
    private int _start;
    private int _end;
    private bool _targetGone;
    private bool _stopped;

    /// <summary>Takes both descriptors over; both must be non-blocking.</summary>
    public StreamCopy(EventLoop loop, Fd source, Fd target)
    {
        _loop = loop;
        _source = source;
        _target = target;
        AwaitSource();
    }

    /// <summary>Descriptors; −1 once the copy has ended.</summary>
    public int SourceNumber => _stopped ? -1 : _source.Number;

    public int TargetNumber => _stopped ? -1 : _target.Number;

    /// <summary>Something is on its way, or can come without the loop's hearing of it.</summary>
    public bool IsBusy => !_stopped && (_start != _end || _sourceWatch is null || _targetGone);

    /// <summary>Copies what is there by now; who still holds the other end of the source open is not waited for.</summary>
    public void Drain()
    {
        while (!_stopped && _start == _end && Fill())
        {
            Flush();
        }
    }

    public void Dispose()
    {
        _stopped = true;
        _sourceWatch?.Dispose();
        _targetWatch?.Dispose();
        _source.Dispose();
        _target.Dispose();
    }

    private void AwaitSource()
    {
        if (_stopped || _sourceWatch is not null)
        {
            return;
        }

        SysResult<Watch> watch = _loop.TryWatch("stream source", _source, EpollEvents.In, _ => OnSource());
        _sourceWatch = watch.Value;
        if (watch.Error == Errno.EPERM)
        {
            // A regular file is always ready: one buffer a turn, so that the loop has time for others.
            _loop.Post(_ => OnSource(), null);
        }
    }

    private void OnSource()
    {
        if (_stopped || _start != _end)
        {
            return;
        }

        if (Fill())
        {
            Flush();
        }
    }

    /// <returns>False when there is nothing now, or nothing any more.</returns>
    private bool Fill()
    {
        SysResult read = _source.Read(_buffer);
        if (read.WouldBlock)
        {
            AwaitSource();
            return false;
        }

        if (!read.IsOk || read.Value == 0)
        {
            // EIO is how a terminal says that nobody has it open any more.
            Dispose();
            return false;
        }

        _start = 0;
        _end = (int)read.Value;
        return true;
    }

    private void Flush()
    {
        while (_start < _end && !_targetGone)
        {
            SysResult written = _target.Write(_buffer.AsSpan(_start, _end - _start));
            if (written.WouldBlock)
            {
                AwaitTarget();
                return;
            }

            _targetGone = !written.IsOk;
            _start += (int)Math.Max(written.Value, 0);
        }

        _start = _end = 0;
        AwaitSource();
    }

    private void AwaitTarget()
    {
        // A source that has hung up reports that again and again: it must not be watched meanwhile.
        _sourceWatch?.Dispose();
        _sourceWatch = null;
        _targetWatch ??= _loop.Watch("stream target", _target, EpollEvents.Out, _ =>
        {
            _targetWatch?.Dispose();
            _targetWatch = null;
            Flush();
        });
    }
}
