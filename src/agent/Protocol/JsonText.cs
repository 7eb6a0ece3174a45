using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Shimd.Protocol;

/// <summary>
/// What a line must satisfy before anything looks at its members: the JSON parser alone accepts invalid UTF-8 and lone surrogates
/// inside strings and would throw at the first use of the value, long after the request was accepted.
/// </summary>
internal static class JsonText
{
    private const int DiagnosisDepth = 1_000;

    /// <summary>Reads strictly; null when that fails.</summary>
    /// <param name="line">What may be JSON.</param>
    /// <param name="members">Those of an object; else none.</param>
    /// <param name="problem">Empty, or why not.</param>
    public static JsonSlice? TryRead(ReadOnlyMemory<byte> line, out JsonMembers members, out string problem)
    {
        members = JsonMembers.In(line);
        problem = FindTextProblem(line.Span);
        if (problem.Length > 0)
        {
            return null;
        }

        if (JsonScanner.TryRead(line.Span, members, out Range whole))
        {
            return new JsonSlice(line[whole]);
        }

        try
        {
            if (!(Scan(line.Span, members, out Range root) ?? HasTwins(line.Span)))
            {
                return new JsonSlice(line[root]);
            }

            problem = "an object has the same key twice";
        }
        catch (JsonException e)
        {
            problem = Explain(line.Span, e);
        }

        return null;
    }

    /// <summary>
    /// The id of a line that was refused for what it contains though it is one complete object (a duplicate key, too deep): the
    /// client behind a pipelining library would otherwise wait for its answer for ever.
    /// </summary>
    public static RequestId? RecoverId(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line) || !IsComplete(line, DiagnosisDepth, out int ids, out JsonElement element) || ids != 1)
        {
            return null;
        }

        ReadOnlySpan<byte> text = JsonMarshal.GetRawUtf8Value(element);
        return !HasLoneSurrogate(text) && RequestId.TryCreate(new JsonSlice(text.ToArray()), out RequestId? id) ? id : null;
    }

    /// <summary>
    /// Whether an escaped surrogate stands without its other half. In JSON a backslash occurs only inside strings, so the bytes can be
    /// scanned without parsing.
    /// </summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            int backslash = json.IndexOf((byte)'\\');
            if (backslash < 0)
            {
                return false;
            }

            json = json[backslash..];
            int unit = EscapedUnit(json);
            if (unit is >= 0xDC00 and <= 0xDFFF)
            {
                return true;
            }

            if (unit is >= 0xD800 and <= 0xDBFF)
            {
                if (EscapedUnit(json[6..]) is not (>= 0xDC00 and <= 0xDFFF))
                {
                    return true;
                }

                json = json[12..];
                continue;
            }

            json = json[Math.Min(2, json.Length)..];
        }
    }

    /// <summary>The UTF-16 code unit of a <c>\uXXXX</c> at the beginning, or −1.</summary>
    private static int EscapedUnit(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json[0] == (byte)'\\' && json[1] == (byte)'u'
        && Utf8Parser.TryParse(json.Slice(2, 4), out ushort unit, out int used, 'x') && used == 4
            ? unit
            : -1;

    private static string FindTextProblem(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("\uFEFF"u8))
        {
            return "the line begins with a byte order mark; send plain UTF-8";
        }

        if (!Utf8.IsValid(line))
        {
            return "the line is not valid UTF-8; send other bytes as base64";
        }

        return HasLoneSurrogate(line) ? "a string contains half of a surrogate pair; send other bytes as base64" : "";
    }

    /// <summary>Reads all of it once, and notes the members of an object; null where it cannot tell whether an object has a key twice.</summary>
    private static bool? Scan(ReadOnlySpan<byte> line, JsonMembers members, out Range root)
    {
        Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = Limits.MaxDepth });
        TwinFinder twins = default;
        reader.Read();
        int begin = (int)reader.TokenStartIndex;
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        do
        {
            twins.See(ref reader, line);
            if (isObject && reader.CurrentDepth == 1)
            {
                members.See(ref reader);
            }

            root = begin..(int)reader.BytesConsumed;
        }
        while (reader.Read());
        return twins.CannotTell ? null : twins.Found;
    }

    /// <summary>
    /// Whether an object has a key twice, however many there are. Not by the parser's own AllowDuplicateProperties: where that finds one among
    /// sixteen members or more, .NET 10.0.12 corrupts its heap, and the process ends soon after.
    /// </summary>
    private static bool HasTwins(ReadOnlySpan<byte> line)
    {
        Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = Limits.MaxDepth });
        Stack<HashSet<string>> open = new();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    open.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.EndObject:
                    open.Pop();
                    break;
                case JsonTokenType.PropertyName when !open.Peek().Add(reader.GetString()!):
                    return true;
            }
        }

        return false;
    }

    /// <summary>Our own words: the parser's messages are stripped from the trimmed binary.</summary>
    private static string Explain(ReadOnlySpan<byte> line, JsonException failure)
    {
        if (IsComplete(line, DiagnosisDepth, out _, out _))
        {
            return $"the line is nested deeper than {Limits.MaxDepth}";
        }

        return $"the line is not one JSON object: error at byte {failure.BytePositionInLine ?? 0}; send one object a line, each ended by a newline";
    }

    private static bool IsComplete(ReadOnlySpan<byte> line, int maxDepth, out int ids, out JsonElement id)
    {
        ids = 0;
        id = default;
        try
        {
            Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = maxDepth });
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && IsId(ref reader))
                {
                    ids++;
                    reader.Read();
                    id = JsonElement.ParseValue(ref reader);
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsId(ref Utf8JsonReader reader) =>
        !HasLoneSurrogate(reader.ValueSpan) && reader.ValueTextEquals("id"u8);
}
