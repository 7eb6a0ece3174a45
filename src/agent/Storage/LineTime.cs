namespace Shimd.Storage;

/// <summary>The times in a log: RFC 3339 in UTC with nine digits of a second, <c>2026-11-23T18:53:43.699123456Z</c>.</summary>
internal static class LineTime
{
    /// <summary>Bytes of a time, always.</summary>
    public const int Bytes = 30;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Writes <see cref="Bytes"/> bytes.</summary>
    /// <param name="nanoseconds">Since 1970.</param>
    /// <param name="text">Where to.</param>
    public static void Write(long nanoseconds, Span<byte> text)
    {
        "0000-00-00T00:00:00.000000000Z"u8.CopyTo(text);
        DateTime time = DateTime.UnixEpoch.AddTicks(nanoseconds / 100);
        Put(time.Year, text[..4]);
        Put(time.Month, text[5..7]);
        Put(time.Day, text[8..10]);
        Put(time.Hour, text[11..13]);
        Put(time.Minute, text[14..16]);
        Put(time.Second, text[17..19]);
        Put((int)(nanoseconds % NanosecondsPerSecond), text[20..29]);
    }

    private static void Put(int number, Span<byte> digits)
    {
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }
}
