using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>A test that fails in the midst of things leaves nothing either.</summary>
public sealed class LeftoversTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Abandon_ContainersRunAndOneIsFrozen_NothingIsLeft(string runtime)
    {
        Scene scene = Scene.With(runtime);
        try
        {
            string frozen = scene.Run("ignore-term");
            _ = scene.Client.Call("exec", new { id = frozen, process = "other", args = ExecTests.Payload("ignore-term") });
            _ = scene.Client.Call("pause", new { id = frozen });
            _ = scene.Run("fork-hold 1000", "ignore-term");
            Poll.Until(() => scene.Leftovers.Pids.Count() >= 8, () => $"all run: {string.Join('\n', scene.Leftovers.Processes)}");
            Assert.NotEmpty(scene.Leftovers.Cgroups);
        }
        finally
        {
            scene.Abandon();
        }

        Assert.Empty(scene.Leftovers.Processes);
        Assert.Empty(scene.Leftovers.Mounts);
        Assert.Empty(scene.Leftovers.Cgroups);
        Assert.False(Directory.Exists(scene[""]));
    }
}
