using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>What idle containers cost in memory and threads: the process that watches each of them, and the daemon above; then again
/// after execs.</summary>
internal static class MemoryBench
{
    public const string Group = "memory";
    public const string PrivateDirty = "monitor of an idle container, private-dirty";

    private const string Pss = "monitor of an idle container, PSS";
    private const string Threads = "monitor of an idle container, threads";
    private const int LookAgainMs = 500;
    private const int SameLooks = 4;
    private const int MaxSettleMs = 90_000;
    private const int AtOnce = 10;
    private const int MaxExecsMs = 180_000;

    public static void Measure(Bench bench)
    {
        Of(bench, "shimd", Shimd);
        Of(bench, "conmon", Monitors);
        Of(bench, "containerd", Shims);
    }

    private static void Of(Bench bench, string who, Action<Bench, string> measure)
    {
        Board.Progress($"memory: {who}");
        Board.Attempt(bench.Board.Get(Group, PrivateDirty, "KB", who, bench.Effort.Crowds[0]), () => measure(bench, who));
    }

    private static void Shimd(Bench bench, string who)
    {
        using var agent = new ShimdPeer(bench.Workspace, "memory");
        var ids = new List<string>();
        Daemon(bench, who, agent.Pid, 0);
        foreach (int n in bench.Effort.Crowds)
        {
            for (; ids.Count < n; ids.Add(bench.Workspace.NewId()))
            {
                _ = agent.Run(bench.Workspace.IdleBundle, "crun", bench.Workspace.NewId("m"));
            }

            Settle(who, () => ShimsOf(agent), IsResting);
            Record(bench, who, n, ShimsOf(agent));
            Daemon(bench, who, agent.Pid, n);
        }

        string probed = agent.Client.Call("list", new { limit = 1 }).GetProperty("containers")[0].GetProperty("id").GetString()!;
        int done = 0;
        long start = Stopclock.Now;
        foreach (int execs in bench.Effort.IsQuick ? (int[])[20] : [100, 10_000])
        {
            // As many as go into the time: what matters is that the number does not.
            for (; done < execs && Stopclock.MillisecondsSince(start) < MaxExecsMs; done += AtOnce)
            {
                long[] requests = [.. Enumerable.Range(0, AtOnce).Select(_ => agent.Client.Send("exec", new { id = probed, args = new[] { "/bin/true" }, wait = true, captureOutput = true }))];
                Array.ForEach(requests, request => agent.Client.Result(request));
            }

            Settle(who, () => [agent.ShimOf(probed)], IsResting);
            AfterExecs(bench, who, done, agent.ShimOf(probed), agent.Pid);
        }
    }

    /// <summary>Waits until nothing changes any more, and for ours until they are at rest, which is what an idle one is.</summary>
    private static void Settle(string who, Func<IEnumerable<int>> monitors, Func<int, bool>? isSettled = null)
    {
        long start = Stopclock.Now;
        double[] before = [];
        for (int same = 0; same < SameLooks;)
        {
            if (Stopclock.MillisecondsSince(start) > MaxSettleMs)
            {
                Board.Progress($"memory: {who} does not come to rest; measured all the same");
                return;
            }

            Thread.Sleep(LookAgainMs);
            int[] pids = [.. monitors()];
            double[] now = [.. pids.Select(pid => ProcFs.MemoryOf(pid, "Private_Dirty"))];
            same = now.SequenceEqual(before) && (isSettled is null || pids.All(isSettled)) ? same + 1 : 0;
            before = now;
        }
    }

    private static bool IsResting(int shim) => ProcFs.CommandLine(shim).Contains(" rest ", StringComparison.Ordinal);

    private static IEnumerable<int> ShimsOf(ShimdPeer agent)
        => ProcFs.ChildrenOf(agent.Pid).Where(pid => ProcFs.CommandLine(pid).Contains("shim", StringComparison.Ordinal));

    private static void Monitors(Bench bench, string who)
    {
        Conmon conmon = bench.Conmon("crun");
        var containers = new List<ConmonContainer>();
        foreach (int n in bench.Effort.Crowds)
        {
            while (containers.Count < n)
            {
                containers.Add(conmon.Create(bench.Workspace.IdleBundle));
                conmon.Start(containers[^1]);
            }

            Settle(who, () => containers.Select(container => container.Monitor));
            Record(bench, who, n, containers.Select(container => container.Monitor));
        }

        for (int done = 0; done < bench.Effort.Of(20, 100); done++)
        {
            conmon.Execute(containers[0]);
        }

        AfterExecs(bench, who, bench.Effort.Of(20, 100), containers[0].Monitor, null);
        containers.ForEach(container => conmon.Delete(container, force: true));
    }

    private static void Shims(Bench bench, string who)
    {
        Containerd containerd = bench.Containerd;
        var ids = new List<string>();
        Daemon(bench, who, containerd.Pid, 0);
        foreach (int n in bench.Effort.Crowds)
        {
            while (ids.Count < n)
            {
                ids.Add(bench.Workspace.NewId());
                containerd.RunDetached(ids[^1], bench.Workspace.IdleBundle, "crun");
            }

            Settle(who, () => ids.Select(Containerd.ShimOf));
            Record(bench, who, n, ids.Select(Containerd.ShimOf));
            Daemon(bench, who, containerd.Pid, n);
        }

        for (int done = 0; done < bench.Effort.Of(20, 100); done++)
        {
            Command.Run(bench.Workspace, containerd.Words("task", "exec", "--exec-id", $"x{done}", ids[0], "/bin/true"));
        }

        AfterExecs(bench, who, bench.Effort.Of(20, 100), Containerd.ShimOf(ids[0]), containerd.Pid);
        ids.ForEach(containerd.Remove);
    }

    private static void Record(Bench bench, string who, int n, IEnumerable<int> monitors)
    {
        foreach (int pid in monitors.ToArray())
        {
            Add(bench, PrivateDirty, "KB", who, n, ProcFs.MemoryOf(pid, "Private_Dirty"));
            Add(bench, Pss, "KB", who, n, ProcFs.MemoryOf(pid, "Pss"));
            Add(bench, Threads, "threads", who, n, ProcFs.ThreadsOf(pid));
        }
    }

    private static void Daemon(Bench bench, string who, int pid, int n)
    {
        Add(bench, "daemon, RSS", "KB", who, n, ProcFs.MemoryOf(pid, "Rss"));
        Add(bench, "daemon, private-dirty", "KB", who, n, ProcFs.MemoryOf(pid, "Private_Dirty"));
        Add(bench, "daemon, PSS", "KB", who, n, ProcFs.MemoryOf(pid, "Pss"));
        Add(bench, "daemon, threads", "threads", who, n, ProcFs.ThreadsOf(pid));
    }

    private static void AfterExecs(Bench bench, string who, int execs, int monitor, int? daemon)
    {
        Add(bench, "monitor after N execs, private-dirty", "KB", who, execs, ProcFs.MemoryOf(monitor, "Private_Dirty"));
        Add(bench, "monitor after N execs, PSS", "KB", who, execs, ProcFs.MemoryOf(monitor, "Pss"));
        if (daemon is { } pid)
        {
            Add(bench, "daemon after N execs, private-dirty", "KB", who, execs, ProcFs.MemoryOf(pid, "Private_Dirty"));
            Add(bench, "daemon after N execs, PSS", "KB", who, execs, ProcFs.MemoryOf(pid, "Pss"));
            Add(bench, "daemon after N execs, RSS", "KB", who, execs, ProcFs.MemoryOf(pid, "Rss"));
        }
    }

    private static void Add(Bench bench, string what, string unit, string who, int n, double value)
        => bench.Board.Get(Group, what, unit, who, n, who == "shimd" ? null : "shimd").Samples.Add(value);
}
