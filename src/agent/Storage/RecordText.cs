using System.Buffers;
using System.Text.Json;

namespace Shimd.Storage;

/// <summary>Records as UTF-8.</summary>
internal static class RecordText
{
    /// <summary>The object alone: the content of a file.</summary>
    public static ReadOnlySpan<byte> Of(IRecord record) => Write(record).WrittenSpan;

    /// <summary>The object and a newline: a message, or a line of a log.</summary>
    public static ReadOnlySpan<byte> Line(IRecord record)
    {
        ArrayBufferWriter<byte> buffer = Write(record);
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

    public static void Object(this Utf8JsonWriter json, string name, IRecord value)
    {
        json.WriteStartObject(name);
        value.Write(json);
        json.WriteEndObject();
    }

    public static void ObjectIfAny(this Utf8JsonWriter json, string name, IRecord? value)
    {
        if (value is not null)
        {
            json.Object(name, value);
        }
    }

    private static ArrayBufferWriter<byte> Write(IRecord record)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        record.Write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }
}
