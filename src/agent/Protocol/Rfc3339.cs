using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>Times on the wire and in files: RFC 3339, always UTC, always with the same number of digits, so that text order is time order.</summary>
internal static class Rfc3339
{
    /// <summary>Digits of a second written unless asked otherwise.</summary>
    public const int DefaultDigits = 3;

    private const int TickDigits = 7;

    /// <summary><c>2026-11-23T18:53:43.699Z</c>; later digits are cut, not rounded, so that no time lies in the future.</summary>
    /// <param name="time">Any offset; written as UTC.</param>
    /// <param name="digits">3 to 9 digits of a second; .NET knows seven, the rest is zeros.</param>
    public static string Format(DateTimeOffset time, int digits = DefaultDigits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digits, DefaultDigits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digits, 9);
        string ticks = time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        return digits <= TickDigits
            ? string.Concat(ticks.AsSpan(0, ticks.Length - TickDigits + digits), "Z")
            : ticks + new string('0', digits - TickDigits) + "Z";
    }

    /// <summary>Strict RFC 3339: any offset, any number of fraction digits (those beyond seven are cut), no leap second.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < 20
            || !DateTime.TryParseExact(
                text[..19].ToString().Replace('t', 'T'), "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime seconds)
            || !TryFraction(text[19..], out long ticks, out int used)
            || !TryOffset(text[(19 + used)..], out TimeSpan offset))
        {
            return false;
        }

        long utc = seconds.Ticks + ticks - offset.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    private static bool TryFraction(ReadOnlySpan<char> text, out long ticks, out int used)
    {
        ticks = 0;
        used = 0;
        if (text[0] != '.')
        {
            return true;
        }

        int digits = text[1..].IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0)
        {
            return false;
        }

        for (int i = 0; i < TickDigits; i++)
        {
            ticks = (ticks * 10) + (i < digits ? text[1 + i] - '0' : 0);
        }

        used = 1 + digits;
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is "Z" or "z")
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || !int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out int hours) || hours > 23
            || !int.TryParse(text[4..], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) || minutes > 59)
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0);
        offset = text[0] == '-' ? -offset : offset;
        return true;
    }
}

/// <summary>The serializer's own format drops trailing zeros and writes an offset instead of <c>Z</c>.</summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Rfc3339.TryParse(reader.GetString(), out DateTimeOffset time)
            ? time
            : throw new JsonException(null, ShimdException.InvalidParams("", "must be an RFC 3339 time, such as 2026-11-23T18:53:43.699Z"));

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Rfc3339.Format(value));
}
