using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>A container that is probed for days: what execs leave behind in the agent is nothing.</summary>
[Collection(Sequential.Name)]
public sealed class ExecGrowthTests : SceneTests
{
    private const int AtOnce = 8;
    private const int Count = 10_000;

    /// <summary>Until the heap has the size that so many at once ask for.</summary>
    private const int WarmUpCount = 2_400;

    private const int MaxGrowthKiB = 1024;

    [Fact]
    public void Exec_Thousands_TheAgentDoesNotGrow()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene) { ExecProgram = "exit 5" };
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), runtime = runtime.Path });
        Probe(scene, id, WarmUpCount);
        int before = ProcFs.KilobytesOf(scene.Agent.Pid, "VmRSS");
        IReadOnlyList<string> descriptors = ProcFs.DescriptorsOf(scene.Agent.Pid);

        Probe(scene, id, Count);

        Assert.Equal(["init"], ExecTests.ProcessDirectories(scene, id));
        Poll.Until(
            () => ProcFs.DescriptorsOf(scene.Agent.Pid).SequenceEqual(descriptors),
            () => $"the agent's descriptors are {string.Join(' ', descriptors)}; now: {string.Join(' ', ProcFs.DescriptorsOf(scene.Agent.Pid))}");
        Assert.Equal([scene.ShimOf(id)], ProcFs.ChildrenOf(scene.Agent.Pid));
        Assert.Single(ProcFs.ChildrenOf(scene.ShimOf(id)));
        int grown = ProcFs.KilobytesOf(scene.Agent.Pid, "VmRSS") - before;
        Assert.True(grown < MaxGrowthKiB, $"the agent has grown by {grown} KiB from {before}");
    }

    private static void Probe(Scene scene, string id, int count)
    {
        for (int done = 0; done < count; done += AtOnce)
        {
            long[] requests = [.. Enumerable.Range(0, AtOnce).Select(_ => scene.Client.Send("exec", new { id, args = new[] { "/probe" }, wait = true, captureOutput = true }))];
            foreach (long request in requests)
            {
                JsonElement ended = scene.Client.Result(request);
                Assert.Equal(5, ended.GetProperty("exit").Number("code"));
            }
        }
    }
}
