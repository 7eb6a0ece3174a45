using System.Runtime.InteropServices;
using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>Wire objects outside of a line: the client reads them, the event journal keeps them.</summary>
internal static class Wire
{
    /// <summary>What an agent has written; members that this source does not know are ignored.</summary>
    /// <exception cref="JsonException">It is no such object.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json)
        where T : class, IWireObject<T>
        => WireReader.ReadTolerant<T>(JsonMembers.Of(json));

    /// <inheritdoc cref="Read{T}(ReadOnlyMemory{byte})"/>
    public static T Read<T>(JsonElement element)
        where T : class, IWireObject<T>
        => Read<T>(JsonMarshal.GetRawUtf8Value(element).ToArray());

    /// <summary>Adds the object to a buffer, as UTF-8 on one line.</summary>
    public static void Write(OutputBuffer buffer, IWireObject value)
    {
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = WireText.Encoder, SkipValidation = true });
        new WireWriter(json).Value(value);
    }

    /// <summary>The object, as UTF-8 on one line.</summary>
    public static byte[] ToJson(IWireObject value)
    {
        OutputBuffer buffer = new();
        Write(buffer, value);
        byte[] json = buffer.Peek().ToArray();
        buffer.Consume(buffer.Pending);
        return json;
    }

    /// <summary>The object and a newline.</summary>
    public static byte[] ToLine(IWireObject value) => [.. ToJson(value), (byte)'\n'];
}
