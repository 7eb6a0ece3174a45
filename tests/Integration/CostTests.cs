using System.Globalization;
using System.Text.RegularExpressions;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What things cost, as far as no clock is needed to tell: calls of the runtime, wake-ups, threads, descriptors, bytes read.</summary>
public sealed partial class CostTests : SceneTests
{
    private const int MaxAgentThreads = 4;
    private const int More = 100;
    private const int MaxAgentKilobytesEach = 6;

    /// <summary>conmon's private-dirty is 333 KB (docs/benchmarks.md).</summary>
    private const int MaxShimKilobytes = 333;
    private const int MaxShimDescriptors = 14;
    private const int Several = 24;
    private const int IdleMs = 10_000;

    [Fact]
    public void Run_ToItsExitAndDelete_TwoCallsOfTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 3";

        string id = scene.Run();
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        _ = scene.Client.Call("delete", new { id });

        Assert.Equal(["run", "delete"], Verbs(scene.Fake.Calls));
    }

    /// <summary>crun that is not a sealed copy makes one, and begins again from there.</summary>
    [Fact]
    public void Run_ToItsExitAndDelete_CrunIsExecutedOnceForEachCall()
    {
        Scene scene = Enter(Scene.With("crun"));
        using (Tracer.NotePrograms(scene.Agent.Pid, scene["programs"]))
        {
            string id = scene.Run("exit 0");
            _ = scene.WaitFor(id);
            _ = scene.Client.Call("delete", new { id });
        }

        // A shim has the same words, too, behind its own.
        string[] crun = [.. File.ReadLines(scene["programs"]).Where(line => CrunByName().IsMatch(line))];
        Assert.Equal(2, crun.Length);
        Assert.All(crun, call => Assert.StartsWith($"execve(\"/proc/", call[call.IndexOf(' ')..].TrimStart(), StringComparison.Ordinal));
    }

    /// <summary>So that what the kernel makes the runtime wait for has begun before there is one (ADR 0017). The fake one moves nobody.</summary>
    [Fact]
    public void RunAndExec_TheAgentMovesItselfToWhereItIs()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene) { ExecProgram = "exit 5" };
        string groups = ProcFs.CgroupsOf(scene.Agent.Pid);
        string? members = Cgroup.ReadMounts() is { } mounts ? Cgroup.MembersFile(groups, mounts) : null;
        using Fd? writable = members is null ? null : NativeFile.OpenWrite(members).Value;
        Assert.SkipWhen(writable is null, "no control group may be written to here");
        using (Tracer.NoteMoves(scene.Agent.Pid, scene["moves"]))
        {
            string id = scene.NewId();
            _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), runtime = runtime.Path });
            Poll.Until(() => Moves(1), "it has moved for the run");

            _ = scene.Client.Call("exec", new { id, args = new[] { "/probe" }, wait = true });
            Poll.Until(() => Moves(2), "it has moved for the exec");
        }

        Assert.Equal(groups, ProcFs.CgroupsOf(scene.Agent.Pid));
        bool Moves(int count) => File.ReadLines(scene["moves"]).Count(line => line.Contains("/cgroup.procs>, \"0\", 1", StringComparison.Ordinal)) == count;
    }

    [Fact]
    public void CreateStartStopDelete_ThreeCallsOfTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        string id = scene.Create();
        _ = scene.Client.Call("start", new { id });
        _ = scene.Client.Call("stop", new { id });
        _ = scene.Client.Call("delete", new { id });

        Assert.Equal(["create", "start", "delete"], Verbs(scene.Fake.Calls));
    }

    [Fact]
    public void QuestionsAndSignals_NoCallOfTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        int before = scene.Fake.Calls.Count;

        _ = scene.Client.Call("hello");
        _ = scene.Client.Call("state", new { id });
        _ = scene.Client.Call("list");
        _ = scene.Client.Call("processes", new { id });
        _ = scene.Client.Call("pids", new { id });
        _ = scene.Client.Call("explain", new { id });
        _ = scene.Client.Call("kill", new { id, signal = "CONT" });
        _ = scene.Client.Call("subscribe", new { snapshot = true });

        Assert.Equal(before, scene.Fake.Calls.Count);
    }

    [Fact]
    public void Exec_OneCallOfTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene) { ExecProgram = "exit 5" };
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), runtime = runtime.Path });

        _ = scene.Client.Call("exec", new { id, args = new[] { "/probe" }, wait = true, captureOutput = true });

        Assert.Equal(["exec"], Verbs(runtime.Calls));
        Assert.Equal(["run"], Verbs(scene.Fake.Calls));
    }

    [Fact]
    public void Restart_ContainersRun_NoCallOfTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string[] ids = [scene.Run(), scene.Create(), scene.Run()];
        int before = scene.Fake.Calls.Count;

        scene.Agent.Restart();

        Assert.Equal(["running", "created", "running"], ids.Select(scene.StatusOf));
        Assert.Equal(before, scene.Fake.Calls.Count);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Idle_TenSeconds_NeitherAgentNorShimWakesUp(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        using Client client = scene.Connect();
        _ = client.Call("subscribe");
        _ = scene.Client.Call("exec", new { id, args = ExecTests.Payload("exit 0"), wait = true });
        int[] pids = [scene.Agent.Pid, scene.ShimOf(id)];
        WaitForRest(pids);
        IReadOnlyList<string>[] before = [.. pids.Select(ProcFs.SwitchesOf)];

        _ = Poll.Holds(() => false, IdleMs);

        Assert.Equal(before[0], ProcFs.SwitchesOf(pids[0]));
        Assert.Equal(before[1], ProcFs.SwitchesOf(pids[1]));
    }

    [Fact]
    public void Agent_Serving_HasFewThreads()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        _ = scene.Run();

        Assert.InRange(ProcFs.ThreadsOf(scene.Agent.Pid), 1, MaxAgentThreads);
    }

    /// <summary>Measured: 80 KB private and 88 KB PSS for a shim, 3.4 KB for a container in the agent.</summary>
    [Fact]
    public void Crowd_Idle_TakesLittleMemoryForEach()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string[] ids = [.. Enumerable.Range(0, More).Select(_ => scene.Run())];
        int[] shims = [.. ids.Select(scene.ShimOf)];
        Poll.Until(() => shims.All(ProcFs.IsResting), "the shims rest");

        Assert.All(shims, shim => Assert.InRange(ProcFs.PrivateDirtyKilobytes(shim), 1, MaxShimKilobytes));
        Assert.All(shims, shim => Assert.InRange(ProcFs.MemoryKilobytes(shim, "Pss"), 1, MaxShimKilobytes));

        scene.Agent.Restart();
        int before = ProcFs.PrivateDirtyKilobytes(scene.Agent.Pid);
        for (int i = 0; i < More; i++)
        {
            _ = scene.Run();
        }

        scene.Agent.Restart();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"a shim {ProcFs.PrivateDirtyKilobytes(shims[0])} KB private, {ProcFs.MemoryKilobytes(shims[0], "Pss")} KB PSS; {More} more in the agent: {ProcFs.PrivateDirtyKilobytes(scene.Agent.Pid) - before} KB");
        Assert.InRange(ProcFs.PrivateDirtyKilobytes(scene.Agent.Pid) - before, -MaxAgentKilobytesEach * More, MaxAgentKilobytesEach * More);
    }

    [Fact]
    public void Containers_Idle_KeepFewDescriptors()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string first = scene.Run();
        int before = ProcFs.DescriptorsOf(scene.Agent.Pid).Count;

        for (int i = 0; i < Several; i++)
        {
            _ = scene.Run();
        }

        // Its exit; and its memory events, which eight share on cgroup v1.
        int most = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? 2 * Several : Several * 9 / 8;
        Assert.InRange(ProcFs.DescriptorsOf(scene.Agent.Pid).Count - before, Several, most);
        Assert.InRange(ProcFs.DescriptorsOf(scene.ShimOf(first)).Count, 1, MaxShimDescriptors);
    }

    /// <summary>By who opens the journal and by who recovers, and not for each container.</summary>
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Restart_LongHistory_IsReadTwiceAtMost(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string[] ids = [.. Enumerable.Range(0, 5).Select(_ => scene.RunReady("until-term"))];
        scene.Agent.Restart();
        long readBefore = BytesReadBy(scene);
        long sizeBefore = JournalBytes(scene);
        Lengthen(scene, ids[0]);
        scene.Agent.Restart();

        long more = BytesReadBy(scene) - readBefore;

        long grown = JournalBytes(scene) - sizeBefore;
        Assert.True(more < grown * 5 / 2, $"the journal has grown by {grown} bytes, and {more} more were read");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_LongHistory_IsNotReadAgain(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        long before = BytesReadBy(scene);
        _ = scene.RunReady("until-term");
        long withShort = BytesReadBy(scene) - before;
        Lengthen(scene, id);
        before = BytesReadBy(scene);
        _ = scene.RunReady("until-term");

        // It may be that the mounts have changed meanwhile, and are read again.
        Assert.InRange(BytesReadBy(scene) - before, 1, (withShort * 3 / 2) + File.ReadAllBytes("/proc/self/mountinfo").Length);
    }

    /// <summary>Makes the journal longer than all else that an agent reads.</summary>
    private static void Lengthen(Scene scene, string id)
    {
        for (int i = 0; i < 40; i++)
        {
            _ = scene.Client.Call("pause", new { id });
            _ = scene.Client.Call("resume", new { id });
        }
    }

    /// <summary>rchar of /proc/PID/io (proc(5)): what it has read, from files and from sockets; the question costs always the same.</summary>
    private static long BytesReadBy(Scene scene)
    {
        _ = scene.Client.Call("hello");
        string line = File.ReadLines($"/proc/{scene.Agent.Pid}/io").First();
        return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static long JournalBytes(Scene scene) => new FileInfo(Path.Combine(scene.Agent.Root, "events.log")).Length;

    private static void WaitForRest(int[] pids)
    {
        IReadOnlyList<string>[] before = [];
        Poll.Until(
            () =>
            {
                IReadOnlyList<string>[] now = [.. pids.Select(ProcFs.SwitchesOf)];
                bool rests = before.Length > 0 && now.Zip(before).All(pair => pair.First.SequenceEqual(pair.Second));
                before = now;
                using var nothing = new Epoll();
                nothing.Wait(500).OrThrow("epoll_wait");
                return rests;
            },
            "the agent and the shim come to rest");
    }

    private static IEnumerable<string> Verbs(IEnumerable<string> calls) => calls.Select(call => call.Split(' ')[0]);

    [GeneratedRegex(@"\[""[^""]*crun"", ""--root""")]
    private static partial Regex CrunByName();
}
