using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What is to outlive a power cut is on the disk before anybody builds on it, and so is the way there.</summary>
public sealed class DurabilityTests : SceneTests
{
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
        string[] synced = [.. File.ReadLines(scene["syncs"]).Where(line => line.Contains("= 0")).Select(line => line.Split('<')[1].Split('>')[0]).Distinct()];
        string[] way = [containers, $"{containers}/{id}", $"{containers}/{id}/processes", $"{containers}/{id}/processes/init"];
        Assert.All(way, directory => Assert.Contains(directory, synced));
    }
}
