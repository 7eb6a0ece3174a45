using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;

namespace Shimd.Shim;

/// <summary>
/// One who is attached: a socket that gets what the process writes, and may bring its stdin. What the socket does not take at once is
/// kept, and the process is held up for it, but only for a moment. A client that has not caught up by then is slow: it loses what
/// comes until it has, and is told how much; where it cannot be told, its connection ends.
/// </summary>
internal sealed class AttachClient : IDisposable
{
    /// <summary>How long the process may be held up by a client, before that has caught up once more.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the shim outlives the process for a client that has asked never to lose anything.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    /// <summary>More waits for a client only when the process has ended, and nobody is waited for.</summary>
    private const int UnsentBytes = 128 * 1024;

    private readonly EventLoop _loop;
    private readonly AttachHub _hub;
    private readonly Fd _socket;
    private readonly AttachRequest _options;
    private Watch? _watch;
    private readonly ByteQueue _unsent = new(UnsentBytes);
    private LoopTimer? _timer;
    private long _lostBytes;
    private bool _isSlow;
    private bool _isEnding;
    private bool _isGone;

    /// <param name="loop">Where it is served.</param>
    /// <param name="hub">Its owner.</param>
    /// <param name="socket">Non-blocking; taken over.</param>
    /// <param name="options">What it asked for.</param>
    public AttachClient(EventLoop loop, AttachHub hub, Fd socket, AttachRequest options)
    {
        _loop = loop;
        (_hub, _socket, _options) = (hub, socket, options);
        MayWrite = options.Stdin;
    }

    /// <summary>It has not ended its half of the connection.</summary>
    public bool MayWrite { get; private set; }

    /// <summary>The process is to wait for it.</summary>
    public bool IsFull => !_unsent.IsEmpty && !_isSlow;

    /// <summary>Begins with the reply. Errors: EPERM (it is no socket), ENOSPC (the user's limit of watches).</summary>
    public SysResult Begin()
    {
        SysResult<Watch> watch = _loop.TryWatch("attached client", _socket, EpollEvents.None, OnReady);
        _watch = watch.Value;
        if (watch.IsOk && _options.Reply is { } reply)
        {
            Put(System.Text.Encoding.UTF8.GetBytes(reply));
        }

        AwaitEvents();
        return watch.IsOk ? SysResult.Ok : SysResult.Fail(watch.Error);
    }

    /// <param name="stream"><see cref="AttachFrame.Stdout"/> or <see cref="AttachFrame.Stderr"/>.</param>
    /// <param name="output">There for the call only.</param>
    public void Take(int stream, ReadOnlySpan<byte> output)
    {
        if (!Wants(stream))
        {
            return;
        }

        if (_isSlow)
        {
            _lostBytes += output.Length;
            return;
        }

        if (_options.Framed)
        {
            Span<byte> header = stackalloc byte[AttachFrame.HeaderBytes];
            AttachFrame.WriteHeader(header, stream, output.Length);
            Put(header);
        }

        Put(output);
    }

    /// <summary>Moves what comes from a pipe to a raw client, uncopied.</summary>
    /// <returns>How much; 0 where it is to be read and taken: there is nothing, the socket has no room, or it is another kind of client.</returns>
    public int Move(int stream, Fd pipe, int bytes)
        => Wants(stream) && !_options.Framed && _unsent.IsEmpty ? (int)Math.Max(Pipe.Move(pipe, _socket, bytes).Value, 0) : 0;

    /// <summary>What to wait for may have changed: the stdin takes more, or no more.</summary>
    public void AwaitEvents()
    {
        if (_isGone)
        {
            ReadRest();
        }
        else
        {
            _watch?.Interest = (CanRead ? EpollEvents.In : EpollEvents.None) | (_unsent.IsEmpty ? EpollEvents.None : EpollEvents.Out);
        }
    }

    /// <summary>There is no more output: the connection ends when the client has what is kept for it, or does not take it.</summary>
    public void End()
    {
        _isEnding = true;
        MayWrite = false;
        if (_isGone || _unsent.IsEmpty)
        {
            Dispose();
            return;
        }

        AwaitEvents();
        _timer?.Dispose();
        _timer = _loop.After(_options.Block ? s_farewell : s_patience, Dispose);
    }

    public void Dispose()
    {
        if (_hub.Remove(this))
        {
            Leave();
            UnixSocket.Discard(_socket);
            _socket.Dispose();
        }
    }

    /// <summary>A burst is over.</summary>
    public void ReleaseMemory() => _unsent.ReleaseUnused();

    private bool Wants(int stream) => !_isGone && (stream == AttachFrame.Stdout ? _options.Stdout : _options.Stderr);

    private bool CanRead => MayWrite && _hub.Input is { IsFull: false };

    private void OnReady(EpollEvents events)
    {
        if ((events & (EpollEvents.HangUp | EpollEvents.Error)) != 0)
        {
            // Reported for ever. What it had sent before it went still counts.
            Leave();
            ReadRest();
            return;
        }

        if ((events & EpollEvents.Out) != 0)
        {
            Flush();
        }

        if ((events & EpollEvents.In) != 0 && CanRead && !Read())
        {
            MayWrite = false;
            _hub.OnInputEnded();
        }

        AwaitEvents();
    }

    /// <summary>Nobody hears us.</summary>
    private void Leave()
    {
        bool held = IsFull;
        _isGone = true;
        _watch?.Dispose();
        _watch = null;
        _timer?.Dispose();
        _unsent.Dispose();
        if (held)
        {
            _hub.OnCaughtUp();
        }
    }

    private void ReadRest()
    {
        while (CanRead)
        {
            if (!Read())
            {
                // It left without saying that its words were the last ones.
                MayWrite = false;
            }
        }

        if (!MayWrite || _hub.Input is null)
        {
            Dispose();
        }
    }

    /// <returns>False at the end.</returns>
    private bool Read()
    {
        SysResult read = _socket.Read(_hub.Input!.Room);
        if (read.Value > 0)
        {
            _hub.OnKept((int)read.Value);
            _hub.Input.Commit((int)read.Value);
        }

        return read.Value > 0 || (read.WouldBlock && !_isGone);
    }

    /// <summary>Sends what the socket takes, and keeps the rest.</summary>
    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (_unsent.IsEmpty)
        {
            SysResult sent = UnixSocket.Send(_socket, bytes);
            if (!sent.IsOk && !sent.WouldBlock)
            {
                // The hang-up is reported; it comes in its turn.
                return;
            }

            bytes = bytes[(int)Math.Max(sent.Value, 0)..];
        }

        if (!bytes.IsEmpty)
        {
            Keep(bytes);
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _unsent.Put(bytes);
        _hub.OnKept(_unsent.Waiting.Length);
        if (!_options.Block && !_isEnding)
        {
            _timer ??= _loop.After(s_patience, OnLate);
        }

        AwaitEvents();
    }

    private void OnLate()
    {
        _timer = null;
        if (!_options.Framed)
        {
            // What it has written still counts.
            Logging.ShimLog.Step("attach", "a client that does not read was cut off");
            Leave();
            ReadRest();
            return;
        }

        _isSlow = true;
        _hub.OnCaughtUp();
    }

    private void Flush()
    {
        while (!_unsent.IsEmpty)
        {
            SysResult sent = UnixSocket.Send(_socket, _unsent.Waiting);
            if (!sent.IsOk)
            {
                return;
            }

            _unsent.Take((int)sent.Value);
        }

        _isSlow = false;
        _timer?.Dispose();
        _timer = null;
        TellLoss();
        if (_isEnding && _unsent.IsEmpty)
        {
            Dispose();
        }
        else
        {
            _hub.OnCaughtUp();
        }
    }

    private void TellLoss()
    {
        if (_lostBytes > 0)
        {
            Span<byte> frame = stackalloc byte[AttachFrame.HeaderBytes + AttachFrame.GapBytes];
            AttachFrame.WriteGap(frame, _lostBytes);
            _lostBytes = 0;
            Put(frame);
        }
    }
}
