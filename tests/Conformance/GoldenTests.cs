using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>
/// Conversations that were held once and must be possible for ever: within a major version things are only added. These files are never
/// changed; a new version of the protocol gets a new one.
/// </summary>
public sealed class GoldenTests : ConformanceTests
{
    private readonly Dictionary<string, string> _bound = [];
    private readonly Queue<JsonElement> _events = new();

    public static TheoryData<string> Transcripts =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/Conformance/golden"), "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Transcript_Replayed_HasTheSameAnswers(string name)
    {
        Assert.SkipUnless(Machine.IsRoot, "the transcript is root's");
        string bundle = Scene.Payload();
        Wire wire = Connect();
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "tests/Conformance/golden", name)).Where(line => line is [not '#', ..]))
        {
            string text = line[1..].TrimStart().Replace("$bundle", bundle, StringComparison.Ordinal);
            switch (line[0])
            {
                case '>':
                    wire.SendLines(_bound.Aggregate(text, (sent, bound) => sent.Replace($"\"?{bound.Key}\"", bound.Value, StringComparison.Ordinal)));
                    break;
                case '<':
                    AssertMatches(line, JsonElement.Parse(text), NextAnswer(wire));
                    break;
                default:
                    Assert.Equal('!', line[0]);
                    AssertMatches(line, JsonElement.Parse(text), NextEvent(wire));
                    break;
            }
        }

        Assert.Empty(_events);
        Assert.Equal("end", wire.Answer());
    }

    private JsonElement NextAnswer(Wire wire)
    {
        while (true)
        {
            JsonElement next = wire.Next();
            if (!next.TryGetProperty("method", out _))
            {
                return next;
            }

            _events.Enqueue(next);
        }
    }

    private JsonElement NextEvent(Wire wire)
    {
        if (_events.TryDequeue(out JsonElement queued))
        {
            return queued;
        }

        JsonElement next = wire.Next();
        Assert.True(next.TryGetProperty("method", out _), $"not an event: {next}");
        return next;
    }

    private void AssertMatches(string line, JsonElement expected, JsonElement actual)
    {
        // An id is echoed as it came, byte for byte, and not only in its meaning.
        if (expected.TryGetProperty("id", out JsonElement id))
        {
            Assert.Equal(id.GetRawText(), actual.GetProperty("id").GetRawText());
        }

        Assert.True(Matches(expected, actual), $"{line}\ncame as\n{actual}");
    }

    private bool Matches(JsonElement expected, JsonElement actual) => expected.ValueKind switch
    {
        JsonValueKind.String when expected.GetString() is ['?', .. string word] => actual.ValueKind != JsonValueKind.Null && Bind(word, actual.GetRawText()),
        JsonValueKind.Object => actual.ValueKind == JsonValueKind.Object
            && expected.EnumerateObject().All(member => actual.TryGetProperty(member.Name, out JsonElement value) && Matches(member.Value, value)),

        // A list of names may have got longer; anything else has the same items.
        JsonValueKind.Array when expected.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && item.ValueEquals("hello")) =>
            expected.EnumerateArray().All(item => actual.EnumerateArray().Any(other => JsonElement.DeepEquals(item, other))),
        JsonValueKind.Array => actual.ValueKind == JsonValueKind.Array && expected.GetArrayLength() == actual.GetArrayLength()
            && expected.EnumerateArray().Zip(actual.EnumerateArray()).All(pair => Matches(pair.First, pair.Second)),
        _ => JsonElement.DeepEquals(expected, actual),
    };

    private bool Bind(string word, string value)
    {
        if (word.Length == 0 || _bound.TryAdd(word, value))
        {
            return true;
        }

        return _bound[word] == value;
    }
}
