using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>
/// An attached process whose output goes to a client as events. The frames of the shim are read only as fast as the client reads its
/// events: who is slow, and what he loses, is the shim's to say.
/// </summary>
internal sealed class Attachment : IDisposable
{
    private const int FrameBytes = 64 * 1024;

    private readonly EventLoop _loop;
    private readonly SessionOutput _output;
    private readonly RequestId _request;
    private readonly AttachParams _params;
    private readonly Fd _shim;
    private readonly Action<Attachment> _onEnded;

    /// <summary>What was read and is no whole frame yet.</summary>
    private readonly byte[] _buffer = new byte[AttachFrame.HeaderBytes + FrameBytes];

    /// <summary>By stream: the beginning of a character.</summary>
    private readonly byte[][] _begun = [[], []];

    private Watch? _watch;
    private TaskCompletionSource? _writable;
    private int _length;
    private bool _ended;

    /// <param name="loop">Where it is fed.</param>
    /// <param name="output">Where the events go.</param>
    /// <param name="request">What they answer.</param>
    /// <param name="given">The params of that.</param>
    /// <param name="shim">The connection to the shim; taken over.</param>
    /// <param name="onEnded">Called once, unless it is disposed of before.</param>
    public Attachment(EventLoop loop, SessionOutput output, RequestId request, AttachParams given, Fd shim, Action<Attachment> onEnded)
    {
        _loop = loop;
        _output = output;
        _request = request;
        _params = given;
        _shim = shim;
        _onEnded = onEnded;
    }

    /// <summary>The reply is on its way: output may follow.</summary>
    public void Begin()
    {
        if (!_ended)
        {
            _watch = _loop.Watch("attachment", _shim, EpollEvents.In, OnReady);
        }
    }

    public bool Writes(string id, string process) => _params.Stdin && _params.Id == id && (_params.Process ?? Identifier.Init) == process;

    /// <summary>Ends when the shim has taken the bytes: later than at once, if the process does not read.</summary>
    /// <exception cref="ShimdException">BAD_STATE: the process has ended.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the connection has ended.</exception>
    public async Task WriteAsync(byte[] bytes, CancellationToken cancellation)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            SysResult result = _ended ? SysResult.Fail(Errno.EPIPE) : UnixSocket.Send(_shim, bytes.AsSpan(sent));
            if (result.WouldBlock)
            {
                var writable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using CancellationTokenRegistration registration = cancellation.Register(() => writable.TrySetCanceled(cancellation));
                _writable = writable;
                AwaitEvents();
                await writable.Task;
            }
            else if (!result.IsOk)
            {
                throw ShimdException.BadState("write to", StatusWords.Stopped, "process");
            }

            sent += (int)Math.Max(result.Value, 0);
        }
    }

    public void Dispose()
    {
        _ended = true;
        _watch?.Dispose();
        _shim.Dispose();
        _ = _writable?.TrySetResult();
    }

    private void OnReady(EpollEvents events)
    {
        if ((events & EpollEvents.Out) != 0)
        {
            TaskCompletionSource? writable = _writable;
            _writable = null;
            _ = writable?.TrySetResult();
        }

        if ((events & ~EpollEvents.Out) != 0 && _output.HasRoom)
        {
            Read();
        }

        AwaitEvents();
    }

    private void AwaitEvents()
    {
        if (_ended || _watch is null)
        {
            return;
        }

        _watch.Interest = (_output.HasRoom ? EpollEvents.In : EpollEvents.None) | (_writable is null ? EpollEvents.None : EpollEvents.Out);
        if (!_output.HasRoom)
        {
            // A hang-up is reported whatever the interest: nothing is watched meanwhile.
            _watch.Dispose();
            _watch = null;
            _loop.Start("attachment", async () =>
            {
                await _output.WhenRoomAsync();
                Begin();
                AwaitEvents();
            });
        }
    }

    private void Read()
    {
        SysResult read = _shim.Read(_buffer.AsSpan(_length));
        if (read.WouldBlock)
        {
            return;
        }

        if (!read.IsOk || read.Value == 0)
        {
            End();
            return;
        }

        _length += (int)read.Value;
        int start = 0;
        while (_length - start >= AttachFrame.HeaderBytes)
        {
            ReadOnlySpan<byte> frame = _buffer.AsSpan(start, _length - start);
            int content = AttachFrame.LengthOf(frame);
            if (content > FrameBytes)
            {
                End();
                return;
            }

            if (frame.Length < AttachFrame.HeaderBytes + content)
            {
                break;
            }

            Pass(AttachFrame.KindOf(frame), frame.Slice(AttachFrame.HeaderBytes, content));
            start += AttachFrame.HeaderBytes + content;
        }

        _buffer.AsSpan(start, _length - start).CopyTo(_buffer);
        _length -= start;
    }

    private void Pass(int kind, ReadOnlySpan<byte> content)
    {
        if (kind == AttachFrame.Gap)
        {
            Send(new EventMessage { Type = EventTypes.Gap, Reason = "slow", LostBytes = AttachFrame.LostBytesOf(content) });
            return;
        }

        int stream = kind == AttachFrame.Stderr ? 1 : 0;
        byte[] begun = _begun[stream];
        _begun[stream] = [];
        if (begun.Length > 0)
        {
            byte[] joined = [.. begun, .. content];
            content = joined;
        }

        int complete = WireText.CompleteLength(content);
        _begun[stream] = content[complete..].ToArray();
        content = content[..complete];
        while (!content.IsEmpty)
        {
            ReadOnlySpan<byte> piece = WireText.Prefix(content, Limits.MaxEventPayloadBytes);
            SendOutput(stream, piece);
            content = content[piece.Length..];
        }
    }

    private void SendOutput(int stream, ReadOnlySpan<byte> piece)
    {
        (string? text, string? base64) = WireText.EncodeForEvent(piece);
        Send(new EventMessage
        {
            Type = EventTypes.Output,
            Stream = stream == 1 ? StreamNames.Stderr : StreamNames.Stdout,
            Text = text,
            Base64 = base64,
        });
    }

    private void Send(EventMessage message) => _output.WriteEvent(message with { Request = _request });

    private void End()
    {
        for (int stream = 0; stream < _begun.Length; stream++)
        {
            if (_begun[stream].Length > 0)
            {
                SendOutput(stream, _begun[stream]);
            }
        }

        Send(new EventMessage { Type = EventTypes.End, Id = _params.Id, Process = _params.Process ?? Identifier.Init });
        Dispose();
        _onEnded(this);
    }
}
