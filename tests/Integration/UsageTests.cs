using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>pids, stats and update: what a container has, uses and may use.</summary>
public sealed class UsageTests : SceneTests
{
    private const long MegaByte = 1024 * 1024;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pids_AreThoseOfTheCgroup(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("fork-hold 1000", "fork-hold 1000", "until-term");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("sleep 1000") });
        int init = scene.PidOf(id);

        int[] pids = ExecTests.Pids(scene, id);

        Assert.Equal(4, pids.Length);
        Assert.Equal(CgroupFiles.ProcessesOf(init), pids);
        Assert.Contains(init, pids);
        Assert.Contains(scene.Client.Call("state", new { id, process = "side" }).Number("pid"), pids);
        Assert.DoesNotContain(scene.ShimOf(id), pids);
        JsonElement[] supervised = [.. scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray()];
        Assert.Equal(["init", "side"], supervised.Select(process => process.Text("process")).Order());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Pids_CreatedAndStopped_OneAndNone(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("exit 0");

        Assert.Equal([scene.PidOf(id)], ExecTests.Pids(scene, id));
        _ = scene.Client.Call("start", new { id });
        _ = scene.WaitFor(id);
        Assert.Empty(ExecTests.Pids(scene, id));
        Assert.Equal("BAD_STATE", scene.Client.Refused("stats", new { id }).Name);
        _ = scene.Client.Call("delete", new { id });
        Assert.Equal("NOT_FOUND", scene.Client.Refused("pids", new { id }).Name);
        Assert.Equal("NOT_FOUND", scene.Client.Refused("stats", new { id }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stats_Running_HaveTheirShape(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        JsonObject config = WithResources("""{"memory":{"limit":67108864},"pids":{"limit":50}}""", "oom 20", "print ready", "fork-hold 1000", "until-term");
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = BundleBuilder.Write(scene["bundle"], config), stdio = new { stdout = new { file = scene["out"] } } });
        Poll.Until(() => File.ReadAllText(scene["out"]).EndsWith("ready\n", StringComparison.Ordinal) && ExecTests.Pids(scene, id).Length == 2, "it has used memory");

        JsonElement stats = scene.Client.Call("stats", new { id });

        Assert.Equal((id, scene.Client.Call("state", new { id }).Text("instance")), (stats.Text("id"), stats.Text("instance")));
        Assert.Equal(CgroupFiles.IsVersion1 ? 1 : 2, stats.Number("cgroupVersion"));
        Assert.True(stats.GetProperty("cpu").Number("usageUsec") > 0);
        JsonElement memory = stats.GetProperty("memory");
        Assert.InRange(memory.GetProperty("usageBytes").GetInt64(), 20 * MegaByte, 64 * MegaByte);
        Assert.InRange(memory.GetProperty("anonBytes").GetInt64(), 20 * MegaByte, 64 * MegaByte);
        Assert.InRange(memory.GetProperty("peakBytes").GetInt64(), memory.GetProperty("usageBytes").GetInt64(), 64 * MegaByte);
        Assert.Equal(64 * MegaByte, memory.GetProperty("limitBytes").GetInt64());
        Assert.Equal(0, memory.Number("oomKills"));
        Assert.Equal(50, stats.GetProperty("pids").Number("limit"));
        Assert.True(stats.GetProperty("pids").Number("current") >= 2, "pids counts threads, too");
        Assert.True(stats.GetProperty("io").ValueKind is JsonValueKind.Array or JsonValueKind.Null);
        JsonElement shim = stats.GetProperty("shim");
        Assert.Equal(1, shim.Number("count"));
        Assert.InRange(shim.GetProperty("rssBytes").GetInt64(), MegaByte / 4, 64 * MegaByte);
        Assert.InRange(shim.GetProperty("privateDirtyBytes").GetInt64(), 1, shim.GetProperty("rssBytes").GetInt64());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stats_NoLimits_AreNull(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("sleep 1000") });

        JsonElement stats = scene.Client.Call("stats", new { id });

        Assert.True(stats.GetProperty("memory").IsNull("limitBytes"));
        Assert.True(stats.GetProperty("pids").IsNull("limit"));
        Assert.Equal(2, stats.GetProperty("shim").Number("count"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Stats_CpuTime_Grows(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Run("ticks 1000000 1");
        long before = CpuOf(scene, id);

        Poll.Until(() => CpuOf(scene, id) > before, "what ticks uses time");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Update_MemoryLimit_IsInForceAndInStats(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id } });
        foreach (int megaBytes in (ReadOnlySpan<int>)[96, 48, 128])
        {
            JsonElement updated = scene.Client.Call("update", new { id, resources = new { memory = new { limit = megaBytes * MegaByte } } });

            Assert.Equal("running", updated.Text("status"));
            Assert.Equal("updated", listener.NextEvent().Text("type"));
            Assert.Equal(megaBytes * MegaByte, scene.Client.Call("stats", new { id }).GetProperty("memory").GetProperty("limitBytes").GetInt64());
            string file = CgroupFiles.PathOf(scene.PidOf(id), "memory", CgroupFiles.IsVersion1 ? "memory.limit_in_bytes" : "memory.max");
            Assert.Equal(megaBytes * MegaByte, long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Update_CreatedAndPaused_IsPossible_StoppedNot(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.Create("until-term");
        object request = new { id, resources = new { pids = new { limit = 33 } } };

        Assert.Equal("created", scene.Client.Call("update", request).Text("status"));
        Assert.Equal(33, scene.Client.Call("stats", new { id }).GetProperty("pids").Number("limit"));
        _ = scene.Client.Call("start", new { id });
        _ = scene.Client.Call("pause", new { id });
        Assert.Equal("paused", scene.Client.Call("update", request).Text("status"));
        Assert.Equal("paused", scene.StatusOf(id));
        _ = scene.Client.Call("stop", new { id, timeoutMs = 100 });
        Assert.Equal("cannot update a container in the 'stopped' state", scene.Client.Refused("update", request).Message);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Update_WhatTheRuntimeRefuses_IsToldInItsWords(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");

        AgentReplyError error = scene.Client.Refused("update", new { id, resources = new { cpu = new { cpus = "no number" } } });

        Assert.Equal((1014, "RUNTIME_FAILED"), (error.Code, error.Name));
        JsonElement failure = error.Data.GetProperty("runtime");
        Assert.Equal(runtime, failure.Text("name"));
        Assert.NotEqual(0, failure.Number("exit"));
        Assert.NotEmpty(failure.Text("message"));
        Assert.Contains("update", failure.GetProperty("args").EnumerateArray().Select(arg => arg.GetString()));
        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal(("INVALID_PARAMS", "resources"), NameAndPath(scene.Client.Refused("update", new { id, resources = "much" })));
    }

    internal static JsonObject WithResources(string resources, params IReadOnlyList<string> steps)
    {
        JsonObject config = BundleBuilder.Config(ExecTests.Payload(steps));
        config["linux"]!["resources"] = JsonNode.Parse(resources);
        return config;
    }

    private static long CpuOf(Scene scene, string id) => scene.Client.Call("stats", new { id }).GetProperty("cpu").GetProperty("usageUsec").GetInt64();

    private static (string Name, string Path) NameAndPath(AgentReplyError error) => (error.Name, error.Data.Text("path"));
}
