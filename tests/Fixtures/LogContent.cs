using System.Text;
using System.Text.Json;

namespace Shimd.Tests.Fixtures;

/// <summary>What a log file says, read by other code than the agent's.</summary>
internal static class LogContent
{
    /// <summary>A line: its stream, its time, its bytes with the newline that the output had.</summary>
    public sealed record Line(string Stream, string Time, byte[] Output)
    {
        public string Text => Encoding.UTF8.GetString(Output);
    }

    /// <summary>All lines of the files, in that order; throws where one is none.</summary>
    public static IReadOnlyList<Line> Read(params IReadOnlyList<string> files) => Read(files, toTheEnd: true);

    /// <summary>The lines that are whole, while somebody writes.</summary>
    public static IReadOnlyList<Line> ReadSoFar(string file) => Read([file], toTheEnd: false);

    /// <summary>The files of a log, the oldest first.</summary>
    public static IReadOnlyList<string> Files(string path)
    {
        string[] full = Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".*");
        return [.. full.Where(file => long.TryParse(Path.GetExtension(file)[1..], out _)).OrderBy(file => long.Parse(Path.GetExtension(file)[1..])), path];
    }

    /// <summary>The bytes of one stream.</summary>
    public static byte[] Bytes(this IEnumerable<Line> lines, string stream)
    {
        var all = new MemoryStream();
        foreach (Line line in lines.Where(line => line.Stream == stream))
        {
            all.Write(line.Output);
        }

        return all.ToArray();
    }

    private static List<Line> Read(IReadOnlyList<string> files, bool toTheEnd)
    {
        var lines = new List<Line>();
        foreach (string file in files)
        {
            ReadOnlySpan<byte> content = File.ReadAllBytes(file);
            while (!content.IsEmpty)
            {
                int end = content.IndexOf((byte)'\n');
                if (end < 0 && !toTheEnd)
                {
                    break;
                }

                if (end < 0)
                {
                    throw new InvalidDataException($"{file} ends in the midst of a line");
                }

                lines.Add(content[0] == '{' ? Json(content[..end]) : Cri(content[..end]));
                content = content[(end + 1)..];
            }
        }

        return lines;
    }

    private static Line Json(ReadOnlySpan<byte> line)
    {
        JsonElement json = JsonElement.Parse(line);
        string text = json.Text("log");
        byte[] output = json.TryGetProperty("base64", out JsonElement base64) ? base64.GetBytesFromBase64() : Encoding.UTF8.GetBytes(text);
        if (Encoding.UTF8.GetString(output) != text)
        {
            throw new InvalidDataException("the bytes are not what the text says");
        }

        return new Line(json.Text("stream"), json.Text("time"), output);
    }

    private static Line Cri(ReadOnlySpan<byte> line)
    {
        string head = Encoding.ASCII.GetString(line[..40]);
        byte[] text = line[40..].ToArray();
        return new Line(head[31..37], head[..30], head[37..] switch
        {
            " F " => [.. text, (byte)'\n'],
            " P " => text,
            _ => throw new InvalidDataException(head),
        });
    }
}
