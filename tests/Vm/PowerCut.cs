using System.Text.Json;
using Shimd.Tests.Fixtures;

namespace Shimd.Tests.Vm;

/// <summary>One cut of the power: what the guest had said until then, and what the next boot found of it.</summary>
internal sealed class PowerCut(IReadOnlyList<string> said, IReadOnlyList<string> found)
{
    /// <summary>The state root's containers, by id, once the agent had started.</summary>
    public IReadOnlyDictionary<string, JsonElement> Containers { get; } = Json(found, "CONTAINER").ToDictionary(container => container.Text("id"));

    /// <summary>All processes of all containers.</summary>
    public IReadOnlyList<JsonElement> Processes { get; } = Json(found, "PROCESS");

    /// <summary>Ids that the guest's load had named after this word: RUNNING, DELETING, DELETED.</summary>
    public IEnumerable<string> Said(string word) => Words(word).Select(words => words[0]);

    /// <summary>Exits that a client had been told of: id and code.</summary>
    public IEnumerable<string[]> Ended() => Words("ENDED");

    /// <summary>What the next boot said after this word: SERVES, QUARANTINE, UNDELETED, LEFT, AGENT.</summary>
    public IEnumerable<string> Found(string word) => After(found, word);

    public override string ToString() => $"before the cut:\n{string.Join('\n', After(said, "SAID").TakeLast(20))}\nafter it:\n{string.Join('\n', found)}";

    private IEnumerable<string[]> Words(string word) => After(said, "SAID " + word).Select(line => line.Split(' '));

    private static IEnumerable<string> After(IReadOnlyList<string> lines, string word)
        => lines.Where(line => line == word || line.StartsWith(word + " ", StringComparison.Ordinal)).Select(line => line[word.Length..].Trim());

    private static IReadOnlyList<JsonElement> Json(IReadOnlyList<string> lines, string word) => [.. After(lines, word).Select(line => JsonElement.Parse(line))];
}
