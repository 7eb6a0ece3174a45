using System.Diagnostics;
using System.Globalization;
using Shimd.Tests.Faults.Matrix;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Soak;

/// <summary>
/// Many clients do at random what can be done, while the agent and the shims are killed again and again. At the end the events must
/// tell each container's story from its create to its delete, once and without a gap, and nothing may be left. What is done follows
/// from the seed; when it comes to pass is the machine's affair. <c>./dev soak SECONDS SEED</c> sets both.
/// </summary>
[Collection(Sequential.Name)]
public sealed class SoakTests : SceneTests
{
    private const int DefaultSeconds = 20;
    private const int Clients = 20;
    private const int SettledWithinMs = 60_000;

    [Fact]
    public void Everything_AtRandom_NothingIsLostOrLeft()
    {
        int seconds = Setting("SHIMD_SOAK_SECONDS") ?? DefaultSeconds;
        int seed = Setting("SHIMD_SOAK_SEED") ?? Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"{seconds} s with seed {seed}: ./dev soak {seconds} {seed}");
        Scene scene = Enter(Scene.With("crun", "--runtime-timeout", "5000"));
        using var ground = new SoakGround(scene);
        using var watcher = new SoakWatcher(scene.Agent);
        SoakClient[] clients = [.. Enumerable.Range(0, Clients).Select(i => new SoakClient(ground, seed + i))];

        var killer = new SoakKiller(ground, seed - 1);
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds && ground.Problem is null)
        {
            killer.Strike();
        }

        ground.Stop();
        Poll.Until(() => clients.All(client => client.HasEnded) || !Thaw(scene), "the clients come to their end", SettledWithinMs);
        string sums = $"{clients.Sum(client => client.Done)} operations, {killer.AgentsKilled} agents and {killer.ShimsKilled} shims killed, {watcher.Count} events";
        TestContext.Current.TestOutputHelper?.WriteLine(sums);
        Assert.True(ground.Problem is null, $"seed {seed}: {ground.Problem}");

        scene.Agent.Restart();
        Truth.AssertTold(scene, "crun");
        foreach (string id in Ids(scene))
        {
            _ = scene.Client.Call("delete", new { id, force = true });
        }

        AssertWholeStory(scene, watcher);
        scene.AssertNothingLeft();
        Assert.True(killer is { AgentsKilled: > 0, ShimsKilled: > 0 }, sums);
    }

    private static int? Setting(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : null;

    private static string[] Ids(Scene scene)
        => [.. scene.Client.Call("list", new { limit = 1000 }).GetProperty("containers").EnumerateArray().Select(container => container.Text("id"))];

    /// <summary>Who waits for a process of a paused container would wait for ever.</summary>
    private static bool Thaw(Scene scene)
    {
        foreach (string id in Ids(scene))
        {
            long resume = scene.Client.Send("resume", new { id });
            Poll.Until(() => scene.Client.IsAnswered(resume, withinMs: 10), "resume is answered");
        }

        return true;
    }

    private static void AssertWholeStory(Scene scene, SoakWatcher watcher)
    {
        long last = scene.Client.Call("subscribe").GetProperty("seq").GetInt64();
        EventStream events = watcher.ReadTo(last);
        Assert.Empty(events.Problems);
        Assert.NotEmpty(events.Stories);
        Assert.All(events.Stories, story => Assert.Equal(Story.Deleted, story.Status));
        Assert.All(events.Stories, story => Assert.DoesNotContain("running", story.Execs.Values));
    }
}
