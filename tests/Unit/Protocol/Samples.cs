using System.Text;
using System.Text.Json;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

/// <summary>What the tests of written lines share.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Time = new(2026, 11, 23, 18, 53, 43, 699, TimeSpan.Zero);

    public static RequestId Id(string json) => Envelope.Parse(Encoding.UTF8.GetBytes($$"""{"id":{{json}},"method":"m"}""")).Id!;

    public static ExitInfo Exit() => new() { Code = 137, Signal = "SIGKILL", CoreDumped = false, OomKilled = true, At = Time, Source = ExitSources.Waited };

    public static ContainerInfo Container() => new()
    {
        Id = "web",
        Instance = "01JD",
        Bundle = "/srv/web",
        Runtime = "crun",
        Status = StatusWords.Created,
        CreatedAt = Time,
        Labels = new Dictionary<string, string> { ["größe"] = "<a&b>'\"\\" },
        Processes = ["init"],
    };

    /// <summary>Everything pending; every line of it is valid UTF-8, valid JSON, and within the limit.</summary>
    public static string TakeAll(this LineWriter writer)
    {
        string all = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(writer.Peek().Span);
        Assert.EndsWith("\n", all);
        foreach (string line in all[..^1].Split('\n'))
        {
            Assert.True(Encoding.UTF8.GetByteCount(line) + 1 <= 65_535);
            Assert.Equal(JsonValueKind.Object, JsonElement.Parse(line).ValueKind);
        }

        writer.Advance(writer.Pending);
        return all;
    }
}
