using System.Buffers;
using System.Buffers.Text;

namespace Shimd.Storage;

/// <summary>A line of a log file, read: the other side of <see cref="LogLine"/>.</summary>
internal readonly ref struct LogEntry
{
    private const int StreamBytes = 6;
    private const int CriHeadBytes = LineTime.Bytes + 1 + StreamBytes + 3;

    /// <summary><c>","stream":"stdout","time":"…"}</c>: what a line of json-file ends with.</summary>
    private const int JsonTailBytes = 12 + StreamBytes + 10 + LineTime.Bytes + 2;

    /// <summary>By <see cref="LineTime"/>.</summary>
    public ReadOnlySpan<byte> Time { get; private init; }

    /// <summary>stderr, else stdout.</summary>
    public bool IsError { get; private init; }

    /// <summary>The output had a newline here.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>The output, without its newline.</summary>
    public ReadOnlySpan<byte> Output { get; private init; }

    /// <summary>Reads a line but for its output.</summary>
    /// <param name="line">Without its newline.</param>
    /// <param name="json">json-file, else cri.</param>
    /// <param name="entry">What it says; its output still as it is written.</param>
    /// <returns>False when it is not such a line.</returns>
    public static bool TryPeek(ReadOnlySpan<byte> line, bool json, out LogEntry entry)
        => json ? TryPeekJson(line, out entry) : TryPeekCri(line, out entry);

    /// <summary>As <see cref="TryPeek"/>, with the output.</summary>
    /// <param name="line">Without its newline.</param>
    /// <param name="json">json-file, else cri.</param>
    /// <param name="room">Where the output goes if it has to be made.</param>
    /// <param name="entry">What it says; valid as long as the line and the room are.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, bool json, Span<byte> room, out LogEntry entry)
    {
        if (!TryPeek(line, json, out entry))
        {
            return false;
        }

        if (!json)
        {
            return true;
        }

        int length = entry.Output.StartsWith("{\"log\":\""u8)
            ? Unescape(entry.Output[8..], room)
            : FromBase64(entry.Output, room);
        bool isWhole = entry.IsWhole && length > 0 && room[length - 1] == (byte)'\n';
        entry = new LogEntry
        {
            Time = entry.Time,
            IsError = entry.IsError,
            IsWhole = isWhole,
            Output = length < 0 ? default : room[..(isWhole ? length - 1 : length)],
        };
        return length >= 0;
    }

    private static bool TryPeekCri(ReadOnlySpan<byte> line, out LogEntry entry)
    {
        entry = default;
        if (line.Length < CriHeadBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> head = line[LineTime.Bytes..CriHeadBytes];
        bool isError = head.StartsWith(" stderr "u8);
        if ((!isError && !head.StartsWith(" stdout "u8)) || head[^1] != (byte)' ' || head[^2] is not ((byte)'F' or (byte)'P'))
        {
            return false;
        }

        entry = new LogEntry { Time = line[..LineTime.Bytes], IsError = isError, IsWhole = head[^2] == (byte)'F', Output = line[CriHeadBytes..] };
        return true;
    }

    private static bool TryPeekJson(ReadOnlySpan<byte> line, out LogEntry entry)
    {
        entry = default;
        if (line.Length < JsonTailBytes || line[0] != (byte)'{')
        {
            return false;
        }

        ReadOnlySpan<byte> tail = line[^JsonTailBytes..];
        bool isError = tail.StartsWith("\",\"stream\":\"stderr\",\"time\":\""u8);
        if (!isError && !tail.StartsWith("\",\"stream\":\"stdout\",\"time\":\""u8))
        {
            return false;
        }

        ReadOnlySpan<byte> output = line[..^JsonTailBytes];
        entry = new LogEntry { Time = tail[^(LineTime.Bytes + 2)..^2], IsError = isError, IsWhole = EndsWithNewline(output), Output = output };
        return true;
    }

    /// <summary>A backslash before the n may itself be escaped.</summary>
    private static bool EndsWithNewline(ReadOnlySpan<byte> escaped)
    {
        int backslashes = 0;
        while (escaped.Length > backslashes + 1 && escaped[^(backslashes + 2)] == (byte)'\\')
        {
            backslashes++;
        }

        return backslashes % 2 == 1 && escaped[^1] == (byte)'n';
    }

    private static int FromBase64(ReadOnlySpan<byte> members, Span<byte> room)
    {
        ReadOnlySpan<byte> name = "{\"base64\":\""u8;
        int end = members.StartsWith(name) ? members[name.Length..].IndexOf((byte)'"') : -1;
        return end >= 0 && Base64.DecodeFromUtf8(members.Slice(name.Length, end), room, out _, out int written) == OperationStatus.Done
            ? written
            : -1;
    }

    private static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> room)
    {
        int length = 0;
        for (int at = 0; at < escaped.Length; length++)
        {
            if (length == room.Length)
            {
                return -1;
            }

            byte value = escaped[at++];
            if (value == (byte)'\\')
            {
                if (at == escaped.Length)
                {
                    return -1;
                }

                value = escaped[at++];
                if (value == (byte)'u')
                {
                    if (!TryHex(escaped, at, out value))
                    {
                        return -1;
                    }

                    at += 4;
                }
                else
                {
                    value = value switch { (byte)'n' => (byte)'\n', (byte)'r' => (byte)'\r', (byte)'t' => (byte)'\t', _ => value };
                }
            }

            room[length] = value;
        }

        return length;
    }

    /// <summary>Only control characters are written so.</summary>
    private static bool TryHex(ReadOnlySpan<byte> escaped, int at, out byte value)
    {
        value = 0;
        return at + 4 <= escaped.Length
            && escaped.Slice(at, 2).SequenceEqual("00"u8)
            && Utf8Parser.TryParse(escaped.Slice(at + 2, 2), out value, out int used, 'x')
            && used == 2;
    }
}
