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
    private const int SettledWithinMs = 180_000;
    private const int GrowthKilobytes = 24 * 1024;
    private const int DescriptorsEach = 4;

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

        // In the last quarter the agent lives, so that it is seen whether it grows.
        var killer = new SoakKiller(ground, seed - 1);
        Strike(killer, ground, seconds * 3 / 4.0, sparesAgent: false);
        int before = scene.Agent.IsRunning ? ProcFs.KilobytesOf(scene.Agent.Pid, "VmRSS") : 0;
        long done = clients.Sum(client => client.Done);
        Strike(killer, ground, seconds / 4.0, sparesAgent: true);
        int after = scene.Agent.IsRunning ? ProcFs.KilobytesOf(scene.Agent.Pid, "VmRSS") : 0;
        string growth = $"the agent went from {before} to {after} KB in {clients.Sum(client => client.Done) - done} operations";
        ground.Stop();
        Poll.Until(() => clients.All(client => client.HasEnded) || !Thaw(scene), "the clients come to their end", SettledWithinMs);
        string sums = $"{clients.Sum(client => client.Done)} operations, {killer.AgentsKilled} agents and {killer.ShimsKilled} shims killed, {watcher.Count} events";
        TestContext.Current.TestOutputHelper?.WriteLine($"{sums}; {growth}");
        Assert.True(ground.Problem is null, $"seed {seed}: {ground.Problem}");

        AssertTold(scene, watcher);
        Assert.True(after - before < GrowthKilobytes, growth);
        Assert.InRange(ProcFs.DescriptorsOf(scene.Agent.Pid).Count, 1, 100 + (DescriptorsEach * ProcessCount(scene)));
        scene.Agent.Restart();
        AssertTold(scene, watcher);
        foreach (string id in Ids(scene))
        {
            _ = scene.Client.Call("delete", new { id, force = true });
        }

        AssertWholeStory(scene, watcher);
        watcher.Dispose();
        scene.AssertNothingLeft();
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

    private static void Strike(SoakKiller killer, SoakGround ground, double seconds, bool sparesAgent)
    {
        long began = Stopwatch.GetTimestamp();
        while ((Stopwatch.GetElapsedTime(began).TotalSeconds < seconds || !killer.HasKilledBoth) && ground.Problem is null)
        {
            killer.Strike(sparesAgent);
        }
    }

    private static int ProcessCount(Scene scene)
        => Ids(scene).Sum(id => scene.Client.Call("processes", new { id }).GetProperty("processes").GetArrayLength());

    private static void AssertTold(Scene scene, SoakWatcher watcher)
        => Truth.AssertTold(scene, "crun", () => watcher.ReadTo(LastSeq(scene)), SettledWithinMs);

    private static long LastSeq(Scene scene)
    {
        using Client client = Client.Connect(scene.Agent.Socket);
        return client.Call("subscribe").GetProperty("seq").GetInt64();
    }

    private static void AssertWholeStory(Scene scene, SoakWatcher watcher)
    {
        EventStream events = watcher.ReadTo(LastSeq(scene));
        Assert.Empty(events.Problems);
        Assert.NotEmpty(events.Stories);
        Assert.All(events.Stories, story => Assert.Equal(Story.Deleted, story.Status));
        Assert.All(events.Stories, story => Assert.DoesNotContain("running", story.Execs.Values));
    }
}
