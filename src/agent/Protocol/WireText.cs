using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Shimd.Protocol;

/// <summary>Text of foreign origin on its way into a line whose length is limited.</summary>
internal static class WireText
{
    /// <summary>What shows that something was cut off.</summary>
    public const string Ellipsis = "…";

    private const int EllipsisBytes = 3;

    /// <summary>The output is no HTML: only what JSON itself demands is escaped, and line separators.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The text itself, or its beginning and an ellipsis, in at most <paramref name="maxBytes"/> (≥ 3) bytes of UTF-8.</summary>
    public static string Truncate(string text, int maxBytes)
    {
        if (text.Length <= maxBytes / 3 || Encoding.UTF8.GetByteCount(text) <= maxBytes)
        {
            return text;
        }

        int bytes = EllipsisBytes;
        int chars = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            chars += rune.Utf16SequenceLength;
        }

        return string.Concat(text.AsSpan(0, chars), Ellipsis);
    }

    /// <summary>
    /// As many leading bytes as fit <paramref name="maxBytes"/> without cutting a UTF-8 sequence in two. Bytes that are no UTF-8 are cut
    /// where the limit falls.
    /// </summary>
    public static ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> bytes, int maxBytes)
    {
        if (bytes.Length <= maxBytes)
        {
            return bytes;
        }

        for (int back = 0; back < 4 && back < maxBytes; back++)
        {
            int cut = maxBytes - back;
            if ((bytes[cut] & 0xC0) != 0x80)
            {
                OperationStatus status = Rune.DecodeFromUtf8(bytes[cut..], out _, out _);
                return status == OperationStatus.InvalidData && back > 0 ? bytes[..maxBytes] : bytes[..cut];
            }
        }

        return bytes[..maxBytes];
    }

    /// <summary>How many bytes are there without a last character of which only the beginning has come.</summary>
    public static int CompleteLength(ReadOnlySpan<byte> bytes)
        => Rune.DecodeLastFromUtf8(bytes, out _, out int begun) == OperationStatus.NeedMoreData ? bytes.Length - begun : bytes.Length;

    /// <summary>
    /// Bytes as a member of a reply: text where they are UTF-8, else base64. Text that would be blown up by its escapes beyond
    /// <paramref name="maxEscapedBytes"/> goes as base64 too, which never takes more than four thirds.
    /// </summary>
    public static (string? Text, string? Base64) Encode(ReadOnlySpan<byte> bytes, int maxEscapedBytes)
    {
        if (Utf8.IsValid(bytes) && FitsEscaped(bytes, maxEscapedBytes))
        {
            return (Encoding.UTF8.GetString(bytes), null);
        }

        return (null, Convert.ToBase64String(bytes));
    }

    /// <summary>A piece of at most <see cref="Limits.MaxEventPayloadBytes"/> as the payload of an event: fits a line, always.</summary>
    public static (string? Text, string? Base64) EncodeForEvent(ReadOnlySpan<byte> bytes) => Encode(bytes, Limits.MaxEventPayloadBytes * 3 / 2);

    /// <summary>The bytes of a well-formed text between its quotes.</summary>
    public static int EscapedLength(string text) => JsonEncodedText.Encode(text, Encoder).EncodedUtf8Bytes.Length;

    private static bool FitsEscaped(ReadOnlySpan<byte> utf8, int maxBytes)
    {
        if (utf8.Length > maxBytes)
        {
            return false;
        }

        return utf8.Length * 6 <= maxBytes || JsonEncodedText.Encode(utf8, Encoder).EncodedUtf8Bytes.Length <= maxBytes;
    }
}
