using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What is to outlive a power cut is on the disk before anybody builds on it, and so is the way there.</summary>
public sealed class DurabilityTests : SceneTests
{
    private const int MaxSyncs = 12;
    private const int MaxSyncsOfTheAgent = 7;

    /// <summary>Before the shim: the record, its directory, the way there. While the runtime works, in the shim: process.json, and two directories. The container
    /// runs: the record again; the exit; and the intent to delete.</summary>
    [Fact]
    public void Run_ToItsExitAndDelete_SyncsNothingTwice()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Assert.SkipWhen(NativeFile.IsInMemory(scene.Agent.Root), "the temporary directory is memory, where nothing is synced");
        scene.Fake.Program = "exit 3";
        using (Tracer.NoteSyncs(scene.Agent.Pid, scene["syncs"]))
        {
            string id = scene.Run();
            _ = scene.WaitFor(id);
            _ = scene.Client.Call("delete", new { id });
        }

        string[] syncs = [.. File.ReadLines(scene["syncs"]).Where(line => line.Contains(" fsync("))];
        Assert.InRange(syncs.Length, 1, MaxSyncs);
        Assert.InRange(syncs.Count(line => line.StartsWith($"{scene.Agent.Pid} ", StringComparison.Ordinal)), 1, MaxSyncsOfTheAgent);
    }

    [Fact]
    public void Create_RootOnADisk_EveryDirectoryOnTheWayIsSynced()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        Assert.SkipWhen(NativeFile.IsInMemory(scene.Agent.Root), "the temporary directory is memory, where nothing is synced");
        string id;
        using (Tracer.NoteSyncs(scene.Agent.Pid, scene["syncs"]))
        {
            id = scene.Create();
        }

        string containers = Path.Combine(scene.Agent.Root, "containers");

        // A call that another process's comes between is told in two lines, the second without its path.
        string[] calls = File.ReadAllLines(scene["syncs"]);
        Assert.DoesNotContain(calls, line => line.Contains("= -1"));
        string[] synced = [.. calls.Where(line => line.Contains("fsync(")).Select(line => line.Split('<')[1].Split('>')[0]).Distinct()];
        string[] way = [containers, $"{containers}/{id}", $"{containers}/{id}/processes", $"{containers}/{id}/processes/init"];
        Assert.All(way, directory => Assert.Contains(directory, synced));
    }
}
