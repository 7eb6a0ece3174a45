using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>How costs grow with the number of containers: restart of the daemon, list, state.</summary>
internal static class CrowdBenches
{
    public const string Group = "crowd";
    public const string RestartWhat = "daemon killed and started, to its first list";

    public static void Measure(Bench bench)
    {
        using (var agent = new ShimdPeer(bench.Workspace, "crowd"))
        {
            int there = 0;
            foreach (int n in bench.Effort.FakeCrowds)
            {
                Board.Progress($"crowd: {n} containers");
                Crowd.Grow(agent, bench.Workspace, there, n);
                there = n;
                Series restart = bench.Board.Get(Group, RestartWhat, "ms", "shimd", n);
                Board.Attempt(restart, () =>
                {
                    for (int i = 0; i < bench.Effort.Of(3, 7); i++)
                    {
                        restart.Samples.Add(agent.Restart());
                    }
                });
                Questions(bench, agent, n);
                bench.Board.Get(Group, "daemon with N containers, RSS", "KB", "shimd", n).Samples.Add(ProcFs.MemoryOf(agent.Pid, "Rss"));
            }

            Board.Progress("crowd: removing them");
        }

        Series series = bench.Board.Get(Group, RestartWhat, "ms", "containerd (asked by ctr)", 10, "shimd");
        Board.Attempt(series, () => OfContainerd(bench));
    }

    private static void Questions(Bench bench, ShimdPeer agent, int n)
    {
        Series list = bench.Board.Get(Group, "list, all pages", "ms", "shimd", n);
        Series state = bench.Board.Get(Group, "state of one", "ms", "shimd", n);
        string id = agent.Client.Call("list", new { limit = 1 }).GetProperty("containers")[0].GetProperty("id").GetString()!;
        for (int i = -5; i < bench.Effort.Of(20, 100); i++)
        {
            double all = Stopclock.Milliseconds(() => ListAll(agent));
            double one = Stopclock.Milliseconds(() => agent.Client.Call("state", new { id }));
            if (i >= 0)
            {
                list.Samples.Add(all);
                state.Samples.Add(one);
            }
        }
    }

    private static void ListAll(ShimdPeer agent)
    {
        string? after = null;
        do
        {
            System.Text.Json.JsonElement page = after is null
                ? agent.Client.Call("list", new { limit = 1000 })
                : agent.Client.Call("list", new { limit = 1000, after });
            after = page.TryGetProperty("next", out System.Text.Json.JsonElement next) ? next.GetString() : null;
        }
        while (after is not null);
    }

    private static void OfContainerd(Bench bench)
    {
        var ids = new List<string>();
        foreach (int n in bench.Effort.Crowds.Where(n => n >= 10))
        {
            while (ids.Count < n)
            {
                ids.Add(bench.Workspace.NewId());
                bench.Containerd.RunDetached(ids[^1], bench.Workspace.IdleBundle, "crun");
            }

            for (int i = 0; i < bench.Effort.Of(2, 5); i++)
            {
                bench.Board.Get(Group, RestartWhat, "ms", "containerd (asked by ctr)", n, "shimd").Samples.Add(bench.Containerd.Restart());
            }
        }

        ids.ForEach(bench.Containerd.Remove);
    }
}
