using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// A JSON value as the piece of text that it is: nothing is decoded before it is asked for, and nothing copied. Made only of text that is known to
/// be JSON; lives as long as the memory does.
/// </summary>
internal readonly struct JsonSlice(ReadOnlyMemory<byte> text)
{
    public ReadOnlyMemory<byte> Text => text;

    public JsonValueKind Kind => text.Span[0] switch
    {
        (byte)'{' => JsonValueKind.Object,
        (byte)'[' => JsonValueKind.Array,
        (byte)'"' => JsonValueKind.String,
        (byte)'t' => JsonValueKind.True,
        (byte)'f' => JsonValueKind.False,
        (byte)'n' => JsonValueKind.Null,
        _ => JsonValueKind.Number,
    };

    /// <summary>Of a string.</summary>
    public string GetString() => Decode(text.Span);

    /// <summary>Of a number; false when it has a fraction or an exponent, or is out of range.</summary>
    public bool TryGetInt64(out long value) => Utf8Parser.TryParse(text.Span, out value, out int used) && used == text.Length;

    /// <inheritdoc cref="TryGetInt64"/>
    public bool TryGetInt32(out int value) => Utf8Parser.TryParse(text.Span, out value, out int used) && used == text.Length;

    /// <summary>The members of an object.</summary>
    public JsonMembers GetMembers() => JsonMembers.Of(text);

    /// <summary>The elements of an array.</summary>
    public List<JsonSlice> GetElements()
    {
        Utf8JsonReader reader = new(text.Span);
        reader.Read();
        List<JsonSlice> elements = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            elements.Add(new JsonSlice(text[start..(int)reader.BytesConsumed]));
        }

        return elements;
    }

    /// <summary>A copy, for who passes it on.</summary>
    public JsonElement ToElement() => JsonElement.Parse(text.Span);

    /// <summary>What a string says, given with its quotes.</summary>
    public static string Decode(ReadOnlySpan<byte> quoted)
    {
        if (!quoted.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(quoted[1..^1]);
        }

        Utf8JsonReader reader = new(quoted);
        reader.Read();
        return reader.GetString()!;
    }
}
