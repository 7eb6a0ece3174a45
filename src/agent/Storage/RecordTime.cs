using System.Buffers.Text;
using System.Text;

namespace Shimd.Storage;

/// <summary>Times in state files, which are texts there: RFC 3339 in UTC with seven digits of a second, <c>2026-11-23T18:53:43.6991234+00:00</c>.</summary>
internal static class RecordTime
{
    private const int Length = 33;
    private const char RoundTrip = 'O';

    public static string Format(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[Length];
        _ = Utf8Formatter.TryFormat(time.ToUniversalTime(), text, out int written, RoundTrip);
        return Encoding.ASCII.GetString(text[..written]);
    }

    /// <summary>Null for what <see cref="Problem"/> has something to say of.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return text?.Length == Length
            && Encoding.ASCII.GetBytes(text, bytes) == Length
            && Utf8Parser.TryParse(bytes, out DateTimeOffset time, out int used, RoundTrip)
            && used == Length
            ? time
            : null;
    }

    public static string? Problem(string member, string? text)
        => text is null || Parse(text) is not null ? null : $"its '{member}' is '{text}', which is no time";
}
