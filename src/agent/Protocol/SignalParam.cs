using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>
/// A signal as the client said it, a name or a number, exactly one of them set. Which number a name has is another floor's knowledge:
/// it differs between architectures.
/// </summary>
[JsonConverter(typeof(SignalParamConverter))]
internal sealed record SignalParam(string? Name, int Number)
{
    public const int MaxNumber = 64;

    /// <summary>For messages.</summary>
    public override string ToString() => Name ?? Number.ToString(CultureInfo.InvariantCulture);
}

internal sealed class SignalParamConverter : JsonConverter<SignalParam>
{
    private const int MaxNameLength = 32;

    public override SignalParam Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement element = JsonElement.ParseValue(ref reader);
        if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 and <= MaxNameLength } name && Ascii(name))
        {
            return new SignalParam(name, 0);
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number is >= 1 and <= SignalParam.MaxNumber)
        {
            return new SignalParam(null, number);
        }

        throw new JsonException(null, ShimdException.InvalidParams("", "must be a signal's name, such as \"SIGTERM\", or its number from 1 to 64"));
    }

    public override void Write(Utf8JsonWriter writer, SignalParam value, JsonSerializerOptions options)
    {
        if (value.Name is not null)
        {
            writer.WriteStringValue(value.Name);
        }
        else
        {
            writer.WriteNumberValue(value.Number);
        }
    }

    private static bool Ascii(string name) => !name.AsSpan().ContainsAnyExceptInRange('!', '~');
}
