using System.Text;
using System.Text.Json;

namespace Shimd.Oci;

/// <summary>The runtime's --log file: a JSON object a line with <c>level</c> and <c>msg</c>.</summary>
internal static class RuntimeLog
{
    private const int TailBytes = 64 * 1024;

    /// <summary>The error messages added since <paramref name="fromOffset"/> (the last 64 KiB of them), a line each.</summary>
    public static string ReadErrors(string path, long fromOffset)
    {
        byte[] added = ReadTail(path, fromOffset);
        var messages = new StringBuilder();
        foreach (string line in Encoding.UTF8.GetString(added).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (ErrorIn(line) is { } message)
            {
                messages.Append(messages.Length > 0 ? "\n" : "").Append(message);
            }
        }

        return messages.ToString();
    }

    /// <summary>The message of a line of level error or worse, null for any other; a line that is not JSON counts as it stands.</summary>
    internal static string? ErrorIn(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("msg", out JsonElement message)
                && message.ValueKind == JsonValueKind.String
                && IsError(document.RootElement)
                ? message.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or a string in it that is no Unicode: then the words as they stand.
            return line.Trim();
        }
    }

    private static bool IsError(JsonElement line)
        => !line.TryGetProperty("level", out JsonElement level) || level.ToString() is "error" or "fatal" or "panic";

    private static byte[] ReadTail(string path, long fromOffset)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream stream = File.OpenRead(path);
        long start = Math.Min(fromOffset, stream.Length);
        stream.Position = Math.Max(start, stream.Length - TailBytes);
        bool cut = stream.Position > start;
        var content = new byte[stream.Length - stream.Position];
        stream.ReadExactly(content);

        // What begins in the middle of a line begins with its next one.
        return cut ? content[(Array.IndexOf(content, (byte)'\n') + 1)..] : content;
    }
}
