using System.Globalization;
using System.Text;

namespace Shimd.Protocol;

/// <summary>Times on the wire and in files: RFC 3339, always UTC, always with the same number of digits, so that text order is time order.</summary>
internal static class Rfc3339
{
    /// <summary>Digits of a second written unless asked otherwise.</summary>
    public const int DefaultDigits = 3;

    /// <summary>Bytes of a time with all the digits there can be.</summary>
    public const int MaxLength = SecondsLength + 1 + MaxDigits + 1;

    private const int MaxDigits = 9;

    private const int TickDigits = 7;

    /// <summary>Of <c>2026-11-23T18:53:43</c>.</summary>
    private const int SecondsLength = 19;

    /// <summary><c>2026-11-23T18:53:43.699Z</c>; later digits are cut, not rounded, so that no time lies in the future.</summary>
    /// <param name="time">Any offset; written as UTC.</param>
    /// <param name="digits">3 to 9 digits of a second; .NET knows seven, the rest is zeros.</param>
    public static string Format(DateTimeOffset time, int digits = DefaultDigits)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..Format(time, text, digits)]);
    }

    /// <summary>As <see cref="Format(DateTimeOffset, int)"/>, into <see cref="MaxLength"/> bytes at least.</summary>
    /// <returns>Bytes written.</returns>
    public static int Format(DateTimeOffset time, Span<byte> text, int digits = DefaultDigits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digits, DefaultDigits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digits, MaxDigits);
        DateTime utc = time.UtcDateTime;
        "0000-00-00T00:00:00.000000000"u8.CopyTo(text);
        Put(utc.Year, text[..4]);
        Put(utc.Month, text[5..7]);
        Put(utc.Day, text[8..10]);
        Put(utc.Hour, text[11..13]);
        Put(utc.Minute, text[14..16]);
        Put(utc.Second, text[17..19]);
        Put((int)(utc.Ticks % TimeSpan.TicksPerSecond), text[SecondsLength..][1..(1 + TickDigits)]);
        text[SecondsLength + 1 + digits] = (byte)'Z';
        return SecondsLength + 1 + digits + 1;
    }

    /// <summary>Strict RFC 3339: any offset, any number of fraction digits (those beyond seven are cut), no leap second.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= SecondsLength
            || !TrySeconds(text[..SecondsLength], out DateTime seconds)
            || !TryFraction(text[SecondsLength..], out long ticks, out int used)
            || !TryOffset(text[(SecondsLength + used)..], out TimeSpan offset))
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

    /// <summary>By hand: the parser of <see cref="DateTime"/>, with its formats and calendars, is 35 KB that nothing else needs.</summary>
    private static bool TrySeconds(ReadOnlySpan<char> text, out DateTime time)
    {
        time = default;
        if (text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't') || text[13] != ':' || text[16] != ':'
            || !TryNumber(text[..4], 1, 9_999, out int year)
            || !TryNumber(text[5..7], 1, 12, out int month)
            || !TryNumber(text[8..10], 1, DateTime.DaysInMonth(year, month), out int day)
            || !TryNumber(text[11..13], 0, 23, out int hour)
            || !TryNumber(text[14..16], 0, 59, out int minute)
            || !TryNumber(text[17..19], 0, 59, out int second))
        {
            return false;
        }

        time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;

    private static void Put(int number, Span<byte> digits)
    {
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (number % 10));
            number /= 10;
        }
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
