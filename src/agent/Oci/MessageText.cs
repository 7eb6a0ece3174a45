using System.Buffers;
using System.Text.Json;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>Messages as UTF-8.</summary>
internal static class MessageText
{
    /// <summary>The object and a newline: one line.</summary>
    public static ReadOnlySpan<byte> Line(IMessage message)
    {
        ArrayBufferWriter<byte> buffer = Write(message);
        buffer.GetSpan(1)[0] = (byte)'\n';
        buffer.Advance(1);
        return buffer.WrittenSpan;
    }

    public static void Texts(this Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
        {
            json.WriteStringValue(values[i]);
        }

        json.WriteEndArray();
    }

    public static void TextIfAny(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    public static void NumberIfAny(this Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    public static void Object(this Utf8JsonWriter json, string name, IMessage value)
    {
        json.WriteStartObject(name);
        value.Write(json);
        json.WriteEndObject();
    }

    public static void ObjectIfAny(this Utf8JsonWriter json, string name, IMessage? value)
    {
        if (value is not null)
        {
            json.Object(name, value);
        }
    }

    private static ArrayBufferWriter<byte> Write(IMessage message)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = MinimalEncoder.Instance });
        json.WriteStartObject();
        message.Write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }
}
