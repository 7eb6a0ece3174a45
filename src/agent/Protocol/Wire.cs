using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>Wire objects outside of a line: the client reads them, the event journal keeps them.</summary>
internal static class Wire
{
    /// <summary>What an agent has written; members that this source does not know are ignored.</summary>
    /// <exception cref="JsonException">It is no such object.</exception>
    public static T Read<T>(JsonElement element)
        where T : class, IWireObject<T>
        => WireReader.ReadTolerant<T>(element);

    /// <summary>Adds the object to a buffer, as UTF-8 on one line.</summary>
    public static void Write(OutputBuffer buffer, IWireObject value)
    {
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = WireText.Encoder, SkipValidation = true });
        new WireWriter(json).Value(value);
    }

    /// <summary>The object and a newline.</summary>
    public static byte[] ToLine(IWireObject value)
    {
        OutputBuffer buffer = new();
        Write(buffer, value);
        buffer.GetSpan(1)[0] = (byte)'\n';
        buffer.Advance(1);
        return buffer.Peek().ToArray();
    }
}
