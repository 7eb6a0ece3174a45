using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>Whatever clients have put into containers, the answers fit their lines: lists come in pages.</summary>
public sealed class PageTests : ConformanceTests
{
    /// <summary>UTF-8 bytes of all keys and values together, and the same as JSON.</summary>
    private const int MaxLabelsBytes = 16_384;
    private const int MaxLabelsWrittenBytes = 32_768;

    public static TheoryData<string, int> Characters => new()
    {
        { "x", MaxLabelsBytes - 1 },
        { "é", (MaxLabelsBytes - 1) / 2 },
        { "\"", (MaxLabelsWrittenBytes - 7) / 2 },
        { "\u0001", (MaxLabelsWrittenBytes - 7) / 6 },
        { "\u2028", (MaxLabelsWrittenBytes - 7) / 6 },
        { "😀", (MaxLabelsWrittenBytes - 7) / 12 },
    };

    [Theory]
    [MemberData(nameof(Characters))]
    public void Labels_AsLargeAsTheyMayBe_FitEveryAnswer(string character, int most)
    {
        string id = Scene.NewId();
        string bundle = Scene.Payload();
        Dictionary<string, string> Labels(int count) => new() { ["k"] = string.Concat(Enumerable.Repeat(character, count)) };

        AgentReplyError refused = Scene.Client.Refused("create", new { id, bundle, labels = Labels(most + 1) });
        Assert.Equal(("INVALID_PARAMS", "labels"), (refused.Name, refused.Data.Text("path")));
        Assert.Empty(Scene.Fake.Calls);

        _ = Scene.Client.Call("create", new { id, bundle, labels = Labels(most) });
        Wire wire = Connect();
        wire.SendLines(Request(1, "state", new { id }), Request(2, "list", new { }), Request(3, "subscribe", new { snapshot = true }));
        Assert.Equal(Labels(most)["k"], wire.Next().GetProperty("result").GetProperty("labels").Text("k"));
        Assert.Single(wire.Next().GetProperty("result").GetProperty("containers").EnumerateArray());
        Assert.Equal("3: ok", wire.Answer());
        Assert.Equal(id, wire.Next().GetProperty("params").GetProperty("container").Text("id"));
    }

    [Fact]
    public void Labels_ManyAndShort_CountWithTheirQuotes()
    {
        // 5,000 of three bytes are 15,000 bytes, and three times as much on the wire.
        var labels = Enumerable.Range(0, 5_000).ToDictionary(n => $"{n:x3}"[^3..] + (n >= 4096 ? "x" : ""), _ => "");

        AgentReplyError refused = Scene.Client.Refused("create", new { id = Scene.NewId(), bundle = Scene.Payload(), labels });

        Assert.Equal(("INVALID_PARAMS", "labels"), (refused.Name, refused.Data.Text("path")));
    }

    [Fact]
    public void List_OfLargeContainers_ComesInPagesThatFit()
    {
        string[] ids = [.. Enumerable.Range(0, 9).Select(_ => Scene.NewId()).Order(StringComparer.Ordinal)];
        string bundle = Scene.Payload();
        foreach (string id in ids)
        {
            _ = Scene.Client.Call("create", new { id, bundle, labels = new { k = new string('x', MaxLabelsBytes - 1) } });
        }

        Wire wire = Connect();
        Assert.Equal(ids, Listed(wire, limit: 1000, out int pages));
        Assert.Equal(3, pages);
        Assert.Equal(ids, Listed(wire, limit: 1, out pages));
        Assert.Equal(9, pages);

        // The mark may have gone meanwhile: the page begins where it would have been.
        _ = Scene.Client.Call("delete", new { id = ids[4], force = true });
        wire.SendLines(Request(1, "list", new { after = ids[4], limit = 2 }), Request(2, "list", new { after = ids[8] }));
        Assert.Equal(ids[5..7], Ids(wire.Next()));
        JsonElement end = wire.Next();
        Assert.Empty(Ids(end));
        Assert.False(end.GetProperty("result").TryGetProperty("next", out _));
    }

    [Fact]
    public void Explain_OfMuchThatWasRefused_IsTheLastThatFits()
    {
        string id = Scene.Run();
        Scene.Fake.Fail("update", new string('y', 2_000));
        Wire wire = Connect();
        wire.SendLines(Request(1, "kill", new { id, signal = "TERM", process = new string('x', 900_000) }));
        Assert.Equal("1: INVALID_PARAMS", wire.Answer());
        for (int turn = 0; turn < 80; turn++)
        {
            wire.SendLines(Request(2, "update", new { id, resources = new { } }));
            Assert.Equal("2: RUNTIME_FAILED", wire.Answer());
        }

        wire.SendLines(Request(3, "kill", new { id, signal = "TERM", process = "nobody\u0001" + new string('x', 900_000) }), Request(4, "explain", new { id }));
        Assert.Equal("3: INVALID_PARAMS", wire.Answer());
        JsonElement result = wire.Next().GetProperty("result");

        Assert.True(result.GetProperty("truncated").GetBoolean());
        JsonElement[] steps = [.. result.GetProperty("steps").EnumerateArray()];
        Assert.Equal(["update", "kill"], steps[^2..].Select(step => step.Text("step")));
        Assert.Equal("INVALID_PARAMS", steps[^1].GetProperty("error").Text("name"));
        Assert.InRange(steps.Length, 20, 80);
    }

    private static List<string> Listed(Wire wire, int limit, out int pages)
    {
        List<string> all = [];
        string? after = null;
        for (pages = 0; pages == 0 || after is not null; pages++)
        {
            wire.SendLines(after is null ? Request(1, "list", new { limit }) : Request(1, "list", new { limit, after }));
            JsonElement answer = wire.Next();
            all.AddRange(Ids(answer));
            after = answer.GetProperty("result").TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }

        return all;
    }

    private static string[] Ids(JsonElement answer) =>
        [.. answer.GetProperty("result").GetProperty("containers").EnumerateArray().Select(container => container.Text("id"))];
}
