using System.Text;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// Makes events of the lines of a log: pieces of one line are joined again, as far as they fit an event; a line's last piece is the one
/// that is not partial. A piece that somebody else's line follows is sent before that, so that a cursor never lies behind what was sent.
/// </summary>
internal sealed class LogSending(ProcessRecord process, LogStreams streams, string? since, Action<EventMessage> send)
{
    private readonly byte[] _joined = new byte[Limits.MaxEventPayloadBytes];
    private readonly byte[]? _since = since is null ? null : Encoding.ASCII.GetBytes(since);
    private int _length;
    private bool _isError;
    private string _time = "";

    /// <summary>Events sent.</summary>
    public long Count { get; private set; }

    /// <summary>Where the last line that was taken ends.</summary>
    public LogCursor? Cursor { get; private set; }

    /// <summary>Takes a line.</summary>
    /// <param name="entry">The line.</param>
    /// <param name="end">Where the next one begins.</param>
    public void Take(LogEntry entry, LogCursor end)
    {
        if (!streams.Has(entry.IsError) || (_since is not null && entry.Time.SequenceCompareTo(_since) < 0))
        {
            return;
        }

        if (_length > 0 && (_isError != entry.IsError || _length + entry.Output.Length > _joined.Length))
        {
            Flush();
        }

        _isError = entry.IsError;
        Cursor = end;
        if (_length == 0)
        {
            _time = Encoding.ASCII.GetString(entry.Time);
            if (entry.IsWhole && entry.Output.Length <= _joined.Length)
            {
                Send(entry.Output, isPartial: false);
                return;
            }
        }

        ReadOnlySpan<byte> rest = entry.Output;
        while (rest.Length > _joined.Length)
        {
            Send(rest[.._joined.Length], isPartial: true);
            rest = rest[_joined.Length..];
        }

        rest.CopyTo(_joined.AsSpan(_length));
        _length += rest.Length;
        if (entry.IsWhole)
        {
            Send(_joined.AsSpan(0, _length), isPartial: false);
            _length = 0;
        }
    }

    /// <summary>Sends what waits to be joined.</summary>
    public void Flush()
    {
        if (_length > 0)
        {
            Send(_joined.AsSpan(0, _length), isPartial: true);
            _length = 0;
        }
    }

    /// <summary>Says that something is missing here.</summary>
    public void SendGap(string reason, long? lostBytes)
    {
        Flush();
        send(new EventMessage
        {
            Type = EventTypes.Gap,
            Id = process.Container,
            Process = process.Process,
            Reason = reason,
            LostBytes = lostBytes,
        });
    }

    private void Send(ReadOnlySpan<byte> output, bool isPartial)
    {
        (string? text, string? base64) = WireText.EncodeForEvent(output);
        Count++;
        send(new EventMessage
        {
            Type = EventTypes.Log,
            Id = process.Container,
            Process = process.Process,
            Stream = _isError ? StreamNames.Stderr : StreamNames.Stdout,
            Text = text,
            Base64 = base64,
            Partial = isPartial,
            Cursor = Cursor!.Value.Text,
        }.At(_time));
    }
}
