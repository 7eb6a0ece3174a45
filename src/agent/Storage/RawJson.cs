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

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => value.Element.WriteTo(writer);
}
