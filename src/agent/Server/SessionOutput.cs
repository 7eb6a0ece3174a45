using Shimd.Loop;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// What a connection is to be sent. Lines are gathered and go out together: answers when there are many, or no request is left that can be answered now, all else after what is under way, in as few calls
/// as the peer's reading allows; the agent never waits for a peer.
/// </summary>
internal sealed class SessionOutput : IDisposable
{
    /// <summary>What is ready to be made (a replay, a page of logs) is made only while less than this is unsent.</summary>
    private const int RoomBytes = Limits.MaxOutputLineBytes;

    /// <summary>A dozen answers: enough for the peer to begin with, and for the system call to be a small part of what they cost.</summary>
    private const int AheadBytes = 4_096;

    /// <summary>A buffer of this size that is given up is garbage worth collecting: an idle agent would otherwise keep it for ever.</summary>
    private const int GarbageBytes = 1_048_576;

    private static readonly TimeSpan s_collectAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_recheck = TimeSpan.FromMilliseconds(10);

    private readonly EventLoop _loop;
    private readonly Fd _fd;
    private readonly Action _onProgress;
    private readonly Action<string?> _onBroken;
    private readonly SendOrPostCallback _flushLater;
    private readonly LineWriter _writer = new();
    private readonly Deadline _stalled;
    private TaskCompletionSource? _room;
    private bool _flushPosted;
    private bool _collectPosted;
    private bool _isGathering;
    private bool _ended;

    /// <param name="onProgress">Something was sent, or the socket is full.</param>
    /// <param name="onBroken">Nothing more can be sent: why the peer is to blame, or null when it has just gone. Called on its own turn.</param>
    public SessionOutput(EventLoop loop, Fd fd, Action onProgress, Action<string?> onBroken)
    {
        _loop = loop;
        _fd = fd;
        _flushLater = _ => FlushLater();
        _onProgress = onProgress;
        _onBroken = onBroken;
        _stalled = new Deadline(loop, TimeSpan.FromMilliseconds(Limits.StalledWriteTimeoutMs), () => Break("it did not read for 30 s"));
    }

    /// <summary>Bytes unsent.</summary>
    public int Pending => _writer.Pending;

    /// <summary>Bytes ever written, sent or not: where in the stream the next line begins.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes that the socket has taken.</summary>
    public long Sent => Written - Pending;

    /// <summary>The socket takes no more: wait for EPOLLOUT.</summary>
    public bool IsBlocked { get; private set; }

    public void WriteResult(RequestId id, IWireObject result)
    {
        if (!_ended)
        {
            int before = Pending;
            _ = _writer.WriteResult(id, result);
            Wrote(before);
        }
    }

    public void WriteResult(RequestId id, ReadOnlySpan<byte> json)
    {
        if (!_ended)
        {
            int before = Pending;
            _ = _writer.WriteResult(id, json);
            Wrote(before);
        }
    }

    /// <summary>As <see cref="LineWriter.TryWriteResult"/>.</summary>
    public bool TryWriteResult(ReadOnlySpan<byte> id, ReadOnlySpan<byte> json)
    {
        int before = Pending;
        bool isWritten = !_ended && _writer.TryWriteResult(id, json);
        if (isWritten)
        {
            Wrote(before);
        }

        return isWritten;
    }

    public void WriteError(RequestId? id, ShimdException error)
    {
        if (!_ended)
        {
            int before = Pending;
            _writer.WriteError(id, error);
            Wrote(before);
        }
    }

    public void WriteEvent(EventMessage message)
    {
        if (!_ended)
        {
            int before = Pending;
            _ = _writer.WriteEvent(message);
            Wrote(before);
        }
    }

    /// <summary>Little enough is unsent to make more.</summary>
    public bool HasRoom => Pending < RoomBytes;

    /// <summary>Ends when little enough is unsent to make more, or nothing will ever be sent again.</summary>
    public Task WhenRoomAsync()
    {
        if (_ended || Pending < RoomBytes)
        {
            return Task.CompletedTask;
        }

        _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _room.Task;
    }

    /// <summary>Ends when all is sent, or nothing will ever be sent again.</summary>
    public async Task WhenSentAsync()
    {
        Flush();
        while (!_ended && Pending > 0)
        {
            await _loop.Delay(s_recheck);
        }
    }

    /// <summary>What is written from here on is sent by <see cref="SendGathered"/>.</summary>
    public void Gather() => _isGathering = true;

    /// <summary>Of many answers in a row the first ones: the peer can go on while the others are made.</summary>
    /// <returns>As <see cref="SendGathered"/>.</returns>
    public bool SendAhead()
    {
        bool wasFull = Pending > Limits.PauseUnsentBytes;
        if (Pending >= AheadBytes && !IsBlocked)
        {
            Flush();
        }

        return wasFull && !IsBlocked;
    }

    /// <summary>At once: the peer can go on while others are served.</summary>
    /// <returns>True where so much was unsent that requests waited for that, and they may go on.</returns>
    public bool SendGathered()
    {
        _isGathering = false;
        bool wasFull = Pending > Limits.PauseUnsentBytes;
        if (Pending > 0 && !IsBlocked)
        {
            Flush();
        }

        return wasFull && !IsBlocked;
    }

    /// <summary>Sends what the socket takes.</summary>
    public void Flush()
    {
        int capacity = _writer.Capacity;
        while (!_ended && Pending > 0)
        {
            SysResult sent = UnixSocket.Send(_fd, _writer.Peek().Span);
            if (!sent.IsOk)
            {
                Stop(sent);
                return;
            }

            _writer.Advance((int)sent.Value);
            IsBlocked = false;
            _stalled.Lift();
        }

        CollectLater(capacity);
        ReleaseRoom();
        _onProgress();
    }

    /// <summary>Drops what is unsent, and whatever is written from now on.</summary>
    public void Drop()
    {
        int capacity = _writer.Capacity;
        _ended = true;
        IsBlocked = false;
        _writer.Advance(Pending);
        CollectLater(capacity);
        _stalled.Dispose();
        ReleaseRoom();
    }

    public void Dispose()
    {
        Drop();
        _writer.Dispose();
    }

    private void Wrote(int before)
    {
        Written += Pending - before;
        if (Pending >= Limits.MaxUnsentBytes)
        {
            Break("it left 8 MiB unread");
        }
        else if (!_flushPosted && !IsBlocked && !_isGathering)
        {
            _flushPosted = true;
            _loop.Post(_flushLater, null);
        }
    }

    private void FlushLater()
    {
        _flushPosted = false;
        Flush();
    }

    private void Stop(SysResult sent)
    {
        if (!sent.WouldBlock)
        {
            Break(null);
            return;
        }

        IsBlocked = true;
        _stalled.Start();
        ReleaseRoom();
        _onProgress();
    }

    /// <summary>Not now: this may be one of many, and one collection serves them all.</summary>
    private void CollectLater(int capacityBefore)
    {
        if (capacityBefore >= GarbageBytes && _writer.Capacity < capacityBefore && !_collectPosted)
        {
            _collectPosted = true;
            _ = _loop.After(s_collectAfter, () =>
            {
                _collectPosted = false;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            });
        }
    }

    /// <summary>Later: whoever is writing just now must not find the connection gone under its hands.</summary>
    private void Break(string? reason)
    {
        if (!_ended)
        {
            Drop();
            _loop.Post(_ => _onBroken(reason), null);
        }
    }

    private void ReleaseRoom()
    {
        if (_room is not null && (_ended || Pending < RoomBytes))
        {
            TaskCompletionSource room = _room;
            _room = null;
            room.SetResult();
        }
    }
}
