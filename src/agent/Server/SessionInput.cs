using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// What a client sends: bytes and descriptors in, requests out. All that the contract says of malformed input is decided here; the
/// line that ends the connection is the last that is handed out.
/// </summary>
internal sealed class SessionInput : IDisposable
{
    private readonly Fd _fd;
    private readonly LineReader _reader = new();
    private readonly List<Fd> _descriptors = [];
    private readonly Deadline _partialLine;
    private ShimdException? _fatal;
    private bool _isFirstLine = true;
    private bool _isSameLine;
    private int _malformedInRow;

    /// <param name="onOverdue">A line has been left unfinished for too long: <see cref="TryTake"/> has something to say.</param>
    public SessionInput(EventLoop loop, Fd fd, Action onOverdue)
    {
        _fd = fd;
        _partialLine = new Deadline(loop, TimeSpan.FromMilliseconds(Limits.PartialLineTimeoutMs), () =>
        {
            _fatal = new ShimdException(
                ErrorCode.Timeout, $"a line was begun and not ended by a newline within {Limits.PartialLineTimeoutMs / 1000} s; the connection ends");
            onOverdue();
        });
    }

    /// <summary>The peer sends no more, or we listen no more; lines may be left to take.</summary>
    public bool IsClosed { get; private set; }

    /// <summary><see cref="IsClosed"/>, and no line is left.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The last read took all that there was; epoll tells of more.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>Reads once. False when there is nothing to read now, or ever again (<see cref="IsClosed"/>).</summary>
    public bool Receive()
    {
        int before = _descriptors.Count;
        Span<byte> room = _reader.GetSpan();
        (SysResult received, bool truncated) = UnixSocket.Receive(_fd, room, _descriptors);
        IsDrained = received.Value < room.Length;
        if (received.WouldBlock)
        {
            return false;
        }

        if (!received.IsOk || received.Value == 0)
        {
            // A reset comes when the peer left our words unread; what it had said before has been read by then.
            Complete();
            return false;
        }

        _reader.Commit((int)received.Value);
        if (truncated)
        {
            _fatal = ShimdException.FdError("descriptors were lost: more came than a line may carry, or the agent has none left");
        }
        else if (_descriptors.Count - before > Limits.MaxDescriptors)
        {
            _fatal = ShimdException.FdError($"more than {Limits.MaxDescriptors} descriptors came with one line");
        }

        return true;
    }

    /// <summary>The next line. When there is none, the bytes of an unfinished one begin to be waited for.</summary>
    /// <param name="answered">Given a line, before anything is made of it: whether it has its answer by that.</param>
    /// <param name="incoming">The line.</param>
    public bool TryTake(Func<ReadOnlySpan<byte>, bool>? answered, out Incoming incoming)
    {
        incoming = default;
        if (IsOver)
        {
            return false;
        }

        if (_fatal is not null)
        {
            incoming = End(null, _fatal);
            return true;
        }

        switch (_reader.TryRead(out ReadOnlyMemory<byte> line))
        {
            case LineStatus.None:
                return TryEnd(out incoming);
            case LineStatus.TooLong:
                incoming = TakeTooLong();
                return true;
            default:
                incoming = Take(line, answered);
                return true;
        }
    }

    /// <summary>What has come behind the last line; and descriptors, which belong to no line then.</summary>
    public ReadOnlySpan<byte> Rest => _reader.Rest;

    public bool HasDescriptors => _descriptors.Count > 0;

    /// <summary>No more will come: what is left unterminated is a line.</summary>
    public void Complete()
    {
        _reader.Complete();
        IsClosed = true;
    }

    /// <summary>While we do not read, the peer cannot finish its line: the time does not count.</summary>
    public void Pause() => _partialLine.Lift();

    /// <summary>Nothing more is listened to.</summary>
    public void Close()
    {
        IsClosed = IsOver = true;
        _partialLine.Lift();
    }

    public void Dispose()
    {
        Close();
        _partialLine.Dispose();
        _descriptors.ForEach(static descriptor => descriptor.Dispose());
        _descriptors.Clear();
    }

    /// <summary>No line is left: whatever descriptors are must belong to the one that has begun.</summary>
    private bool TryEnd(out Incoming incoming)
    {
        incoming = default;
        if (IsClosed)
        {
            Close();
            return false;
        }

        int claimable = _reader.HasPartialLine ? Limits.MaxDescriptors : 0;
        if (_descriptors.Count > claimable)
        {
            incoming = End(null, ShimdException.FdError("descriptors came that no line speaks of: say how many in the line's member fds"));
            return true;
        }

        WatchPartialLine();
        return false;
    }

    private void WatchPartialLine()
    {
        if (!_reader.HasPartialLine)
        {
            _partialLine.Lift();
        }
        else if (_isSameLine)
        {
            _partialLine.Start();
        }
        else
        {
            _partialLine.Restart();
        }

        _isSameLine = true;
    }

    private Incoming TakeTooLong()
    {
        // The line goes on, unseen, until its newline: the same one for the deadline.
        _isFirstLine = false;
        return _descriptors.Count > 0
            ? Mismatch()
            : Incoming.Of(null, ShimdException.TooLarge($"a line is longer than {Limits.MaxInputLineBytes} bytes; it was not looked at"));
    }

    private Incoming Take(ReadOnlyMemory<byte> line, Func<ReadOnlySpan<byte>, bool>? answered)
    {
        bool isFirstLine = _isFirstLine;
        _isFirstLine = _isSameLine = false;
        if (answered?.Invoke(line.Span) == true)
        {
            _malformedInRow = 0;
            return Incoming.Answered();
        }

        var envelope = Envelope.Parse(line, isFirstLine);
        if (envelope.Error is { } error)
        {
            return Refuse(envelope, error);
        }

        _malformedInRow = 0;
        if (envelope.Fds > _descriptors.Count)
        {
            return End(envelope.Id, ShimdException.FdError($"fds says {envelope.Fds}, and {_descriptors.Count} descriptors came"));
        }

        IReadOnlyList<Fd> descriptors = [];
        if (envelope.Fds > 0)
        {
            descriptors = _descriptors[..envelope.Fds];
            _descriptors.RemoveRange(0, envelope.Fds);
        }

        return Incoming.Of(envelope, descriptors, line.Length);
    }

    private Incoming Refuse(Envelope envelope, ShimdException error)
    {
        if (envelope.Kind == EnvelopeKind.Foreign || error.Code == ErrorCode.FdError)
        {
            return End(envelope.Id, error);
        }

        if (_descriptors.Count > 0)
        {
            return Mismatch();
        }

        _malformedInRow = envelope.IsMalformed ? _malformedInRow + 1 : 0;
        return _malformedInRow >= Limits.MaxMalformedInRow ? End(envelope.Id, error) : Incoming.Of(envelope.Id, error);
    }

    /// <summary>Nobody can say any more which descriptors belong to which line.</summary>
    private Incoming Mismatch() =>
        End(null, ShimdException.FdError("descriptors came with a line that could not be read; nothing after it is executed"));

    private Incoming End(RequestId? id, ShimdException error)
    {
        Close();
        return Incoming.Of(id, error, ends: true);
    }
}
