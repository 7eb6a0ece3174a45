using System.Text.Json;
using Shimd.Protocol;
using Shimd.Server;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

public sealed class SubscriptionTests
{
    [Fact]
    public void Append_Filtered_OnlyMatchingAreSent() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using var events = new EventLog(directory["events.log"]);
        using var session = new SessionHarness(loop);
        using Subscription subscription = Subscribe(session, events, new SubscribeParams { Ids = ["a"], Types = [EventTypes.Exit, EventTypes.AgentStarted] });
        events.Append(new EventMessage { Type = EventTypes.Exit, Id = "a" });
        subscription.Begin(loop);
        events.Append(new EventMessage { Type = EventTypes.Exit, Id = "b" });
        events.Append(new EventMessage { Type = EventTypes.Start, Id = "a" });
        events.Append(new EventMessage { Type = EventTypes.AgentStarted });

        Assert.Equal(["1 exit a", "4 agent-started "], await ReadAsync(session, 2));
    });

    [Fact]
    public void Begin_Snapshot_StatesThenSyncedThenEvents() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using var events = new EventLog(directory["events.log"]);
        events.Append(new EventMessage { Type = EventTypes.Create, Id = "a" });
        using var session = new SessionHarness(loop);
        using Subscription subscription = Subscribe(session, events, new SubscribeParams(), [Container("a"), Container("b")]);
        events.Append(new EventMessage { Type = EventTypes.Exit, Id = "a" });
        subscription.Begin(loop);

        Assert.Equal(["- state a", "- state b", "1 synced ", "2 exit a"], await ReadAsync(session, 4));
    });

    [Fact]
    public void Begin_Since_ReplaysWithoutAGap() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using var events = new EventLog(directory["events.log"]);
        using var session = new SessionHarness(loop);
        for (int i = 0; i < 3 * Limits.MaxSubscriptionEvents; i++)
        {
            events.Append(new EventMessage { Type = EventTypes.Start, Id = "a" });
        }

        using Subscription subscription = Subscribe(session, events, new SubscribeParams { Since = new SinceParams { Epoch = events.Epoch, Seq = 2 } });
        subscription.Begin(loop);
        events.Append(new EventMessage { Type = EventTypes.Exit, Id = "a" });

        IReadOnlyList<string> lines = await ReadAsync(session, (3 * Limits.MaxSubscriptionEvents) - 1);
        Assert.Equal("3 start a", lines[0]);
        Assert.Equal($"{events.LastSeq} exit a", lines[^1]);
    });

    [Fact]
    public void Append_NobodyReads_EndsWithAGap() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using var events = new EventLog(directory["events.log"]);
        using var session = new SessionHarness(loop);
        bool ended = false;
        using Subscription subscription = Subscribe(session, events, new SubscribeParams(), onEnded: () => ended = true);
        subscription.Begin(loop);
        await session.SettleAsync();
        while (!ended)
        {
            events.Append(new EventMessage { Type = EventTypes.Start, Id = "a" });
        }

        IReadOnlyList<string> lines = await ReadAsync(session, Limits.MaxSubscriptionEvents + 1);
        Assert.Equal($"{Limits.MaxSubscriptionEvents} start a", lines[^2]);
        Assert.Equal($"- gap slow {Limits.MaxSubscriptionEvents}", lines[^1]);
    });

    private static Subscription Subscribe(
        SessionHarness session, EventLog events, SubscribeParams request, IEnumerable<ContainerInfo>? containers = null, Action? onEnded = null)
        => new(1, request, events, session.Session.Output, containers, _ => onEnded?.Invoke());

    private static async Task<IReadOnlyList<string>> ReadAsync(SessionHarness session, int count)
    {
        List<string> lines = [];
        while (lines.Count < count && await session.ReadAsync() is { } line)
        {
            JsonElement message = line.GetProperty("params");
            string seq = message.TryGetProperty("seq", out JsonElement number) ? number.ToString() : "-";
            string type = message.GetProperty("type").ToString();
            lines.Add(type == EventTypes.Gap
                ? $"{seq} gap {message.GetProperty("reason")} {message.GetProperty("last")}"
                : $"{seq} {type} {(message.TryGetProperty("id", out JsonElement id) ? id : "")}");
        }

        return lines;
    }

    private static ContainerInfo Container(string id) => new()
    {
        Id = id,
        Instance = "i",
        Bundle = "/b",
        Runtime = "crun",
        Status = StatusWords.Running,
        CreatedAt = DateTimeOffset.UnixEpoch,
        Labels = new Dictionary<string, string>(),
        Processes = ["init"],
    };
}
