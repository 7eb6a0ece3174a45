using System.Text.Json;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;

namespace Shimd.Shim;

/// <summary>The shim's control socket: whoever may enter the state directory may speak here, one JSON line a message.</summary>
internal sealed class ControlServer : IDisposable
{
    private const int FirstLineBytes = 4096;

    /// <summary>A client may have sent much already when it comes to be attached.</summary>
    private const int MaxLineBytes = 128 * 1024;

    private readonly EventLoop _loop;
    private readonly Fd _listener;
    private readonly Watch _watch;
    private readonly Task<ShimReport> _report;
    private readonly Func<ControlMessage, ShimReport?> _onMessage;
    private readonly Func<Fd, AttachRequest, SysResult> _onAttach;
    private int _sessions;

    /// <param name="loop">Where it is served.</param>
    /// <param name="listener">The socket; borrowed.</param>
    /// <param name="report">What the shim has to say of the start.</param>
    /// <param name="onMessage">Called for every other message; what it returns, if anything, is the answer.</param>
    /// <param name="onAttach">Gets a socket, which it takes over, to attach.</param>
    public ControlServer(
        EventLoop loop,
        Fd listener,
        Task<ShimReport> report,
        Func<ControlMessage, ShimReport?> onMessage,
        Func<Fd, AttachRequest, SysResult> onAttach)
    {
        _onAttach = onAttach;
        _loop = loop;
        _listener = listener;
        _report = report;
        _onMessage = onMessage;
        _watch = loop.Watch("control socket", listener, EpollEvents.In, _ => Accept());
    }

    /// <summary>Somebody is connected.</summary>
    public bool IsBusy => _sessions > 0;

    public void Dispose() => _watch.Dispose();

    private void Accept()
    {
        SysResult<Fd> accepted = UnixSocket.Accept(_listener);
        if (accepted.IsOk)
        {
            _ = new Session(this, accepted.Value!);
        }
        else if (!accepted.WouldBlock)
        {
            ShimLog.Error("accept on the control socket", accepted.Error.Describe());
        }
    }

    /// <summary>One connection; it ends with the peer, or at its first line that is no message.</summary>
    private sealed class Session
    {
        private readonly ControlServer _server;
        private readonly Fd _fd;
        private readonly Watch _watch;
        private readonly List<Fd> _passed = [];
        private byte[] _buffer = new byte[FirstLineBytes];
        private int _length;

        public Session(ControlServer server, Fd fd)
        {
            _server = server;
            _server._sessions++;
            _fd = fd;
            _watch = server._loop.Watch("control connection", fd, EpollEvents.In, _ => Read());
        }

        private void Read()
        {
            SysResult read = UnixSocket.Receive(_fd, _buffer.AsSpan(_length), _passed).Result;
            if (read.WouldBlock)
            {
                return;
            }

            if (!read.IsOk || read.Value == 0)
            {
                Close();
                return;
            }

            _length += (int)read.Value;
            int newline = _buffer.AsSpan(0, _length).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                Handle(_buffer.AsSpan(0, newline));
                _buffer.AsSpan(newline + 1, _length - newline - 1).CopyTo(_buffer);
                _length -= newline + 1;
            }
            else if (_length == MaxLineBytes)
            {
                Close();
            }
            else if (_length == _buffer.Length)
            {
                Array.Resize(ref _buffer, Math.Min(MaxLineBytes, 4 * _length));
            }
        }

        private void Handle(ReadOnlySpan<byte> line)
        {
            ControlMessage message;
            try
            {
                message = MessageReader.Read<ControlMessage>(line);
            }
            catch (JsonException exception)
            {
                ShimLog.Error("control message", exception.Message);
                Close();
                return;
            }

            if (message.Verb == ControlVerb.Ready)
            {
                _server._loop.Start("control ready", ReplyWhenReadyAsync);
            }
            else if (message is { Verb: ControlVerb.Attach, Attach: { } attach } && _passed.Count == 1)
            {
                SysResult attached = _server._onAttach(_passed[0], attach);
                _passed.Clear();
                Reply(attached.IsOk
                    ? new ShimReport { Pid = Environment.ProcessId }
                    : new ShimReport { Problem = new ShimProblem(attached.Error.Describe(), attached.Error.Name()) });
            }
            else if (_server._onMessage(message) is { } answer)
            {
                Reply(answer);
            }
        }

        private async Task ReplyWhenReadyAsync() => Reply(await _server._report);

        private void Reply(ShimReport report)
        {
            ReadOnlySpan<byte> line = MessageText.Line(report);

            // A report is far smaller than a socket's buffer: a peer that cannot take it is gone.
            if (!_fd.IsClosed)
            {
                _ = UnixSocket.Send(_fd, line);
            }
        }

        private void Close()
        {
            _server._sessions--;
            _watch.Dispose();
            _fd.Dispose();
            foreach (Fd passed in _passed)
            {
                passed.Dispose();
            }
        }
    }
}
