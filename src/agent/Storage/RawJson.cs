using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>Any JSON, kept as it is. A class, since the serializer is compiled anew for each value type among its members.</summary>
[JsonConverter(typeof(RawJsonConverter))]
internal sealed class RawJson(JsonElement element)
{
    public JsonElement Element { get; } = element;
}

/// <summary>Reads and writes it.</summary>
internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(JsonElement.ParseValue(ref reader));

    /// <summary>Byte by byte: written as an element it would be refused for half of a surrogate pair, which was let pass when it was read.</summary>
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options)
        => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value.Element), skipInputValidation: true);
}
