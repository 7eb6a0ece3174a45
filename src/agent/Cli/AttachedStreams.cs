using Shimd.Native;

namespace Shimd.Cli;

/// <summary>Our own streams, connected to sockets that are attached to a process. What it says is written as it comes; what we read
/// goes to it as fast as it takes it.</summary>
internal sealed class AttachedStreams : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private static readonly Fd s_input = new(0, owned: false);

    private readonly Epoll _epoll;
    private readonly ulong _firstKey;
    private readonly DetachKeys? _detachKeys;
    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>What was read and not yet taken.</summary>
    private readonly byte[] _pending;
    private readonly List<Output> _outputs = [];
    private Fd? _target;
    private int _start;
    private int _end;
    private bool _isPollable = true;
    private bool _isPolled;
    private bool _isInputOver;

    /// <param name="epoll">Borrowed.</param>
    /// <param name="firstKey">Its keys from here on are ours.</param>
    /// <param name="detachKeys">Null where nothing is typed.</param>
    public AttachedStreams(Epoll epoll, ulong firstKey, DetachKeys? detachKeys)
    {
        _epoll = epoll;
        _firstKey = firstKey;
        _detachKeys = detachKeys;
        _pending = new byte[BufferBytes + (detachKeys?.MaxHeld ?? 0)];
    }

    /// <summary>Nothing more will come.</summary>
    public bool IsOver
    {
        get
        {
            foreach (Output output in _outputs)
            {
                if (!output.IsOver)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The number of a descriptor whose socket has ended; each is told once. 0 when there is none.</summary>
    public int TakeEnded()
    {
        foreach (Output output in _outputs)
        {
            if (output is { IsOver: true, IsTold: false })
            {
                output.IsTold = true;
                return output.Number;
            }
        }

        return 0;
    }

    /// <summary>The keys to leave were typed.</summary>
    public bool IsDetached { get; private set; }

    /// <summary>Begins to copy what comes from a socket.</summary>
    /// <param name="socket">Taken over.</param>
    /// <param name="number">The descriptor of ours that gets it.</param>
    /// <param name="takesInput">Whether it is also the one that our standard input goes to.</param>
    /// <param name="first">What has come from it already.</param>
    public void Add(Fd socket, int number, bool takesInput, ReadOnlySpan<byte> first = default)
    {
        socket.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
        var output = new Output(socket, number);
        _outputs.Add(output);
        _epoll.Add(socket, EpollEvents.In, _firstKey + (ulong)_outputs.Count).OrThrow("epoll_ctl");
        Write(output.Target, first);
        if (takesInput)
        {
            _target = socket;

            // To one that takes the place of another: what that has not taken, or the end.
            Send();
            AwaitInput();
        }
    }

    /// <summary>Something is ready.</summary>
    /// <exception cref="CliException">Nobody reads our output any more.</exception>
    public void Handle(ulong key, EpollEvents events)
    {
        if (key == _firstKey)
        {
            ReadInput();
        }
        else
        {
            Output output = _outputs[(int)(key - _firstKey) - 1];
            if (output.IsOver)
            {
                return;
            }

            if ((events & EpollEvents.Out) != 0)
            {
                Send();
                if (_start == _end && !_isPollable && !_isInputOver)
                {
                    ReadInput();
                }
            }

            if ((events & ~EpollEvents.Out) != 0)
            {
                Copy(output);
            }
        }

        AwaitInput();
    }

    public void Dispose()
    {
        StopPolling();
        foreach (Output output in _outputs)
        {
            End(output);
        }
    }

    private void ReadInput()
    {
        SysResult read = s_input.Read(_buffer);
        if (read.WouldBlock)
        {
            return;
        }

        // An error is an end, too: a terminal that has been hung up, or was taken from a job in the background.
        _isInputOver = !read.IsOk || read.Value == 0;
        ReadOnlySpan<byte> typed = _buffer.AsSpan(0, (int)Math.Max(read.Value, 0));
        _start = 0;
        _end = typed.Length;
        if (_detachKeys is null)
        {
            typed.CopyTo(_pending);
        }
        else
        {
            IsDetached |= _detachKeys.Filter(typed, _pending, out _end);
        }

        Send();
    }

    private void Send()
    {
        while (_start < _end && _target is not null)
        {
            SysResult sent = UnixSocket.Send(_target, _pending.AsSpan(_start, _end - _start));
            if (sent.WouldBlock)
            {
                return;
            }

            // The process may have ended; its last words are still to be read.
            _start = sent.IsOk ? _start + (int)sent.Value : _end;
        }

        if (_isInputOver && _target is not null)
        {
            _ = UnixSocket.HalfClose(_target);
            _target = null;
        }
    }

    /// <summary>Waits for standard input while there is room for it, and for room while there is none. A regular file is always ready.</summary>
    private void AwaitInput()
    {
        bool isWanted = _target is not null && !_isInputOver && _start == _end;
        if (isWanted && _isPollable && !_isPolled)
        {
            SysResult added = _epoll.Add(s_input, EpollEvents.In, _firstKey);
            _isPollable = added.Error != Errno.EPERM;
            _isPolled = added.IsOk;
        }
        else if (!isWanted)
        {
            StopPolling();
        }

        bool waitsForRoom = _target is not null && (_start < _end || (!_isPollable && !_isInputOver));
        for (int i = 0; i < _outputs.Count; i++)
        {
            if (!_outputs[i].IsOver && ReferenceEquals(_outputs[i].Socket, _target))
            {
                _ = _epoll.Modify(_outputs[i].Socket, waitsForRoom ? EpollEvents.In | EpollEvents.Out : EpollEvents.In, _firstKey + (ulong)i + 1);
            }
        }
    }

    private void StopPolling()
    {
        if (_isPolled)
        {
            _ = _epoll.Remove(s_input);
            _isPolled = false;
        }
    }

    private void Copy(Output output)
    {
        SysResult read = output.Socket.Read(_buffer);
        if (read.IsOk && read.Value > 0)
        {
            Write(output.Target, _buffer.AsSpan(0, (int)read.Value));
        }
        else if (!read.WouldBlock)
        {
            End(output);
        }
    }

    private void End(Output output)
    {
        if (!output.IsOver)
        {
            output.IsOver = true;
            _ = _epoll.Remove(output.Socket);
            _target = ReferenceEquals(output.Socket, _target) ? null : _target;
            output.Socket.Dispose();
        }
    }

    private static void Write(Fd target, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            SysResult written = target.Write(bytes);
            if (written.WouldBlock)
            {
                // Somebody else, whose terminal it is as well, has made it so.
                using var room = new Epoll();
                room.Add(target, EpollEvents.Out, 0).OrThrow("epoll_ctl");
                _ = room.Wait(-1);
            }
            else if (!written.IsOk)
            {
                throw CliException.OutputClosed();
            }

            bytes = bytes[(int)Math.Max(written.Value, 0)..];
        }
    }

    private sealed class Output(Fd socket, int number)
    {
        public Fd Socket { get; } = socket;

        public int Number { get; } = number;

        public Fd Target { get; } = new(number, owned: false);

        public bool IsOver { get; set; }

        public bool IsTold { get; set; }
    }
}
