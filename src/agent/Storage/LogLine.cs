using System.Buffers;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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

    /// <summary>The room that a frame needs, in bytes.</summary>
    public const int MaxFrameBytes = 64;

    /// <summary>More than the words around the output take, and the last bytes of what is copied sixteen at a time.</summary>
    private const int MaxWordsBytes = 128;

    /// <summary>The room that a line of so much output may need, in bytes.</summary>
    public static int RoomFor(int contentBytes, bool json)
        => MaxWordsBytes + (json ? (contentBytes * 6) + Base64.GetMaxEncodedToUtf8Length(contentBytes) : contentBytes);

    /// <summary>Writes what all lines of a stream have in common that came at one time.</summary>
    /// <param name="frame">Has <see cref="MaxFrameBytes"/>.</param>
    /// <param name="json">json-file, else cri.</param>
    /// <param name="nanoseconds">When the output came, since 1970.</param>
    /// <param name="isError">stderr, else stdout.</param>
    /// <returns>Its length in bytes, the same for either stream.</returns>
    public static int WriteFrame(Span<byte> frame, bool json, long nanoseconds, bool isError)
    {
        int at = json ? Put(frame, 0, isError ? "\",\"stream\":\"stderr\",\"time\":\""u8 : "\",\"stream\":\"stdout\",\"time\":\""u8) : 0;
        LineTime.Write(nanoseconds, frame.Slice(at, LineTime.Bytes));
        at += LineTime.Bytes;
        return json ? Put(frame, at, "\"}\n"u8) : Put(frame, at, isError ? " stderr F "u8 : " stdout F "u8);
    }

    /// <summary>Writes a line.</summary>
    /// <param name="to">Has <see cref="RoomFor"/> it.</param>
    /// <param name="json">json-file, else cri.</param>
    /// <param name="frame">By <see cref="WriteFrame"/>.</param>
    /// <param name="output">The piece of output, with its newline if it has one.</param>
    /// <returns>Bytes written, the newline included.</returns>
    public static int Write(Span<byte> to, bool json, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> output)
        => json ? WriteJson(to, frame, output) : WriteCri(to, frame, output);

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

    private static int WriteCri(Span<byte> to, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> output)
    {
        frame.CopyTo(to);
        output.CopyTo(to[frame.Length..]);
        int length = frame.Length + output.Length;
        if (output[^1] == (byte)'\n')
        {
            return length;
        }

        to[frame.Length - 2] = (byte)'P';
        to[length] = (byte)'\n';
        return length + 1;
    }

    private static int WriteJson(Span<byte> to, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> output)
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
        return Put(to, at, frame);
    }

    /// <summary>Copies sixteen bytes at a time, whether or not all of them are plain, and goes on behind those that are.</summary>
    private static int Escape(Span<byte> to, ReadOnlySpan<byte> text)
    {
        const int Step = 16;
        int at = 0;
        int from = 0;
        while (text.Length - from >= Step)
        {
            var bytes = Vector128.Create(text[from..]);
            bytes.CopyTo(to[at..]);
            uint special = Special(bytes);
            int plain = special == 0 ? Step : BitOperations.TrailingZeroCount(special);
            at += plain;
            from += plain;
            at += special == 0 ? 0 : EscapeByte(to[at..], text[from++]);
        }

        // Of the last few bytes it is mostly the newline.
        uint last = text.Length < Step ? uint.MaxValue : Special(Vector128.Create(text[^Step..])) >> (from - text.Length + Step);
        while (from < text.Length)
        {
            int plain = Math.Min(BitOperations.TrailingZeroCount(last), text.Length - from);
            at = Put(to, at, text.Slice(from, plain));
            from += plain;
            last >>= plain;
            if (from < text.Length)
            {
                at += EscapeByte(to[at..], text[from++]);
                last >>= 1;
            }
        }

        return at;
    }

    /// <summary>A bit for each byte that JSON does not have as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Special(Vector128<byte> bytes)
        => (Vector128.LessThan(bytes, Vector128.Create((byte)' '))
            | Vector128.Equals(bytes, Vector128.Create((byte)'"'))
            | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))).ExtractMostSignificantBits();

    private static int EscapeByte(Span<byte> to, byte value)
    {
        if (IsPlain(value))
        {
            to[0] = value;
            return 1;
        }

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

    private static bool IsPlain(byte value) => value >= ' ' && value != '"' && value != '\\';

    private static int EscapeInvalid(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (!bytes.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(bytes, out _, out int used) == OperationStatus.Done;
            at = used == 1 && isValid ? at + EscapeByte(to[at..], bytes[0]) : Put(to, at, isValid ? bytes[..used] : "\uFFFD"u8);
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
