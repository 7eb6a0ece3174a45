using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Shimd.Storage;

/// <summary>
/// A line of a log file. In json-file it is docker's: <c>{"log":"text\n","stream":"stdout","time":"…"}</c>, without the <c>\n</c> where the
/// output had none; where the output is no UTF-8 each byte that is none reads as U+FFFD in <c>log</c>, and a first member
/// <c>base64</c>, which docker's readers pass over, has the very bytes. In cri it is <c>TIME stdout F text</c>, with <c>P</c> for <c>F</c> where the
/// output had no newline, and the bytes as they are.
/// </summary>
internal static class LogLine
{
    /// <summary>The longest piece of output in one line, in bytes, its newline not counted: docker's and the CRI's own limit.</summary>
    public const int MaxContentBytes = 16 * 1024;

    private const int MaxFrameBytes = 128;

    /// <summary>The room that a line of so much output may need, in bytes.</summary>
    public static int RoomFor(int contentBytes, bool json)
        => MaxFrameBytes + (json ? (contentBytes * 6) + Base64.GetMaxEncodedToUtf8Length(contentBytes) : contentBytes);

    /// <summary>Writes a line.</summary>
    /// <param name="to">Has <see cref="RoomFor"/> it.</param>
    /// <param name="json">json-file, else cri.</param>
    /// <param name="time">By <see cref="LineTime"/>.</param>
    /// <param name="isError">stderr, else stdout.</param>
    /// <param name="output">The piece of output, with its newline if it has one.</param>
    /// <returns>Bytes written, the newline included.</returns>
    public static int Write(Span<byte> to, bool json, ReadOnlySpan<byte> time, bool isError, ReadOnlySpan<byte> output)
        => json ? WriteJson(to, time, isError, output) : WriteCri(to, time, isError, output);

    /// <summary>Where a piece that is full is cut: not in the midst of a character, if it is text.</summary>
    public static int CutOf(ReadOnlySpan<byte> piece)
    {
        int cut = piece.Length;
        while (cut > piece.Length - 4 && (piece[cut - 1] & 0xC0) == 0x80)
        {
            cut--;
        }

        // Before the cut is now a byte that is no continuation; a first byte goes over to the next piece unless all of its own are here.
        int length = piece[cut - 1] switch { >= 0xF0 and < 0xF8 => 4, >= 0xE0 and < 0xF0 => 3, >= 0xC0 and < 0xE0 => 2, _ => 1 };
        return length > piece.Length - cut + 1 ? cut - 1 : piece.Length;
    }

    private static int WriteCri(Span<byte> to, ReadOnlySpan<byte> time, bool isError, ReadOnlySpan<byte> output)
    {
        bool isWhole = output is [.., (byte)'\n'];
        int at = Put(to, 0, time);
        at = Put(to, at, isError ? " stderr "u8 : " stdout "u8);
        at = Put(to, at, isWhole ? "F "u8 : "P "u8);
        at = Put(to, at, output);
        return isWhole ? at : Put(to, at, "\n"u8);
    }

    private static int WriteJson(Span<byte> to, ReadOnlySpan<byte> time, bool isError, ReadOnlySpan<byte> output)
    {
        bool isText = Utf8.IsValid(output);
        int at = Put(to, 0, "{"u8);
        if (!isText)
        {
            at = Put(to, at, "\"base64\":\""u8);
            _ = Base64.EncodeToUtf8(output, to[at..], out _, out int written);
            at = Put(to, at + written, "\","u8);
        }

        at = Put(to, at, "\"log\":\""u8);
        at += isText ? Escape(to[at..], output) : EscapeInvalid(to[at..], output);
        at = Put(to, at, isError ? "\",\"stream\":\"stderr\",\"time\":\""u8 : "\",\"stream\":\"stdout\",\"time\":\""u8);
        at = Put(to, at, time);
        return Put(to, at, "\"}\n"u8);
    }

    private static int Escape(Span<byte> to, ReadOnlySpan<byte> text)
    {
        int at = 0;
        foreach (byte value in text)
        {
            if (value >= ' ' && value != '"' && value != '\\')
            {
                to[at++] = value;
            }
            else
            {
                at += EscapeByte(to[at..], value);
            }
        }

        return at;
    }

    private static int EscapeByte(Span<byte> to, byte value)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        to[0] = (byte)'\\';
        byte letter = value switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'"' or (byte)'\\' => value,
            _ => (byte)'u',
        };
        to[1] = letter;
        if (letter != 'u')
        {
            return 2;
        }

        to[2] = (byte)'0';
        to[3] = (byte)'0';
        to[4] = digits[value >> 4];
        to[5] = digits[value & 15];
        return 6;
    }

    private static int EscapeInvalid(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (!bytes.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(bytes, out _, out int used) == OperationStatus.Done;
            at += isValid ? Escape(to[at..], bytes[..used]) : Put(to[at..], 0, "\uFFFD"u8);
            bytes = bytes[used..];
        }

        return at;
    }

    private static int Put(Span<byte> to, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to[at..]);
        return at + bytes.Length;
    }
}
