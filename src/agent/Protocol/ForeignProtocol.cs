using System.Text;

namespace Shimd.Protocol;

/// <summary>Recognises the two things people send to a JSON-RPC socket by mistake: HTTP, and the headers of the language server protocol.</summary>
internal static class ForeignProtocol
{
    /// <summary>A hint for the sender, or null when the line is neither. Look at the first line of a connection only.</summary>
    public static string? Detect(ReadOnlySpan<byte> firstLine)
    {
        if (firstLine.IsEmpty || !char.IsAsciiLetter((char)firstLine[0]))
        {
            return null;
        }

        if (StartsWithIgnoreCase(firstLine, "Content-Length:"u8) || StartsWithIgnoreCase(firstLine, "Content-Type:"u8))
        {
            return "this socket takes no headers: send one JSON-RPC object a line, each ended by a newline";
        }

        return IsHttp(firstLine)
            ? "this is not HTTP: send one JSON-RPC object a line, such as {\"id\":1,\"method\":\"hello\"}"
            : null;
    }

    /// <summary>A request line: a method in capitals, a target, and <c>HTTP/</c> with a version at the end.</summary>
    private static bool IsHttp(ReadOnlySpan<byte> line)
    {
        int method = line.IndexOf((byte)' ');
        int version = line.LastIndexOf((byte)' ');
        return method > 0
            && version > method
            && line[(version + 1)..].StartsWith("HTTP/"u8)
            && !line[..method].ContainsAnyExceptInRange((byte)'A', (byte)'Z');
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> line, ReadOnlySpan<byte> prefix) =>
        line.Length >= prefix.Length && Ascii.EqualsIgnoreCase(line[..prefix.Length], prefix);
}
