using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>A number that may be missing. A class, since the serializer is compiled anew for each value type among its members.</summary>
[JsonConverter(typeof(NumberConverter))]
internal sealed class Number(int value)
{
    public int Value { get; } = value;

    public static Number? Of(int? value) => value is { } number ? new Number(number) : null;
}

/// <summary>Reads and writes it.</summary>
internal sealed class NumberConverter : JsonConverter<Number>
{
    public override Number Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value) ? new Number(value) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Number value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}
