using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// Writes replies and events and keeps them until the socket takes them. Every line it produces is complete and at most
/// <see cref="Limits.MaxOutputLineBytes"/> long, whatever it was given.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    private readonly OutputBuffer _output = new();
    private readonly Utf8JsonWriter _json;

    public LineWriter() => _json = new Utf8JsonWriter(_output, new JsonWriterOptions { Encoder = WireText.Encoder, SkipValidation = true });

    /// <summary>Bytes not yet sent.</summary>
    public int Pending => _output.Pending;

    /// <summary>Bytes held by the buffer.</summary>
    public int Capacity => _output.Capacity;

    /// <summary>What to send next; valid until the next call of any other member.</summary>
    public ReadOnlyMemory<byte> Peek() => _output.Peek();

    /// <summary>That many bytes were sent.</summary>
    public void Advance(int count) => _output.Consume(count);

    public void Dispose()
    {
        _json.Dispose();
        _output.Consume(Pending);
    }

    /// <summary>A success reply; if it does not fit a line, TOO_LARGE in its place.</summary>
    /// <returns>False if it did not fit.</returns>
    public bool WriteResult(RequestId id, IWireObject result)
    {
        int mark = Begin(id, ",\"result\":"u8);
        Write(result, mark);
        return TryEnd(mark) || TooLarge(id);
    }

    /// <summary>As the other, of a result that has been written before: <see cref="Wire.ToJson"/>.</summary>
    public bool WriteResult(RequestId id, ReadOnlySpan<byte> json)
    {
        int mark = Begin(id, ",\"result\":"u8);
        _output.Write(json);
        return TryEnd(mark) || TooLarge(id);
    }

    /// <summary>As the other, to an id that is still a JSON token.</summary>
    /// <returns>False if it does not fit; nothing is written then.</returns>
    public bool TryWriteResult(ReadOnlySpan<byte> id, ReadOnlySpan<byte> json)
    {
        int mark = _output.Pending;
        _output.Write("""{"jsonrpc":"2.0","id":"""u8);
        _output.Write(id);
        _output.Write(",\"result\":"u8);
        _output.Write(json);
        return TryEnd(mark);
    }

    /// <summary>An error reply; its texts are shortened until it fits.</summary>
    /// <param name="id">Null where the line had no valid id.</param>
    /// <param name="error">What to report.</param>
    public void WriteError(RequestId? id, ShimdException error)
    {
        string message = error.Message;
        ErrorData data = error.Details;
        for (int maxBytes = ErrorTrimmer.FirstLimit; !TryWriteError(id, error.Code, message, data); maxBytes /= 4)
        {
            message = WireText.Truncate(error.Message, maxBytes);
            data = ErrorTrimmer.Trim(error.Details, maxBytes);
        }
    }

    /// <summary>An event; if it does not fit a line, its core in its place.</summary>
    /// <returns>Bytes written, the newline included.</returns>
    public int WriteEvent(EventMessage message)
    {
        int mark = _output.Pending;
        _output.Write("""{"jsonrpc":"2.0","method":"event","params":"""u8);
        Write(message, mark);
        return TryEnd(mark) ? _output.Pending - mark : WriteEvent(message.Shortened());
    }

    private bool TryWriteError(RequestId? id, ErrorCode code, string message, ErrorData data)
    {
        int mark = Begin(id, ",\"error\":"u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("code"u8, (int)code);
        _json.WriteString("message"u8, message);
        _json.WritePropertyName("data"u8);
        WriteValue(data, mark);
        _json.WriteEndObject();
        _json.Flush();
        return TryEnd(mark);
    }

    private bool TooLarge(RequestId id)
    {
        WriteError(id, ShimdException.TooLarge($"the result does not fit a line of {Limits.MaxOutputLineBytes} bytes; ask for less"));
        return false;
    }

    private int Begin(RequestId? id, ReadOnlySpan<byte> name)
    {
        int mark = _output.Pending;
        _output.Write("""{"jsonrpc":"2.0","id":"""u8);
        if (id is null)
        {
            _output.Write("null"u8);
        }
        else
        {
            id.WriteTo(_output);
        }

        _output.Write(name);
        return mark;
    }

    private void Write(IWireObject value, int mark)
    {
        _json.Reset();
        WriteValue(value, mark);
        _json.Flush();
    }

    /// <summary>All or nothing: half a line must not stay behind when a value cannot be written.</summary>
    private void WriteValue(IWireObject value, int mark)
    {
        bool done = false;
        try
        {
            new WireWriter(_json).Value(value);
            done = true;
        }
        finally
        {
            if (!done)
            {
                _json.Reset();
                _output.Rollback(mark);
            }
        }
    }

    private bool TryEnd(int mark)
    {
        _output.Write("}\n"u8);
        bool fits = _output.Pending - mark <= Limits.MaxOutputLineBytes;
        if (!fits)
        {
            _output.Rollback(mark);
        }

        return fits;
    }
}
