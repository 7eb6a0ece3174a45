using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>A container of /bin/true, from the command to its end with nothing left, through everybody.</summary>
internal static class RunBench
{
    public const string Group = "run";

    private const string Among = "run /bin/true to its exit, and remove it";
    private const string Alone = $"{Among}, nobody else between";
    private const string Rested = $"{Among}, nobody else between, each after a rest of 100 ms";

    /// <summary>Who takes so little that what others have left to the kernel would be most of it.</summary>
    private static readonly string[] s_nearest =
        [.. Bench.Runtimes.SelectMany(runtime => (string[])[$"bare {runtime}", $"shimd, {runtime}", $"shimd by its socket, to the exit event, {runtime}"])];

    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    public static void Measure(Bench bench)
    {
        using var tmpfs = new ShimdPeer(bench.Workspace, "run");
        using var disk = new ShimdPeer(bench.Workspace, "run", bench.Workspace.Disk);
        var contenders = new List<Contender>();
        foreach (string runtime in Bench.Runtimes)
        {
            string own = $"shimd, {runtime}";
            var bare = new BareRuntime(bench.Workspace, runtime);
            contenders.Add(new Contender($"bare {runtime}", own, bare.RunTrue));
            contenders.Add(new Contender(own, null, () => ByVerb(bench, tmpfs, runtime)));
            contenders.Add(new Contender($"shimd by its socket, {runtime}", own, () => BySocket(bench, tmpfs, runtime)));
            contenders.Add(new Contender($"shimd by its socket, to the exit event, {runtime}", own, () => ToTheExit(bench, tmpfs, runtime)));
            contenders.Add(new Contender($"conmon, {runtime}", own, () => bench.Conmon(runtime).RunTrue()));
            contenders.Add(new Contender($"containerd (ctr), {runtime}", own, () => bench.Containerd.RunTrue(runtime)));
            contenders.Add(new Contender($"podman, {runtime}", own, () => bench.Podman.RunTrue(runtime)));
        }

        contenders.Add(new Contender("shimd with its root on a disk, crun", "shimd, crun", () => ByVerb(bench, disk, "crun")));
        bench.Board.Rounds(Group, Among, "ms", bench.Effort.Of(8, 60), bench.Effort.Limit, contenders);
        Contender[] nearest = [.. contenders.Where(contender => s_nearest.Contains(contender.Name))];
        bench.Board.Rounds(Group, Alone, "ms", bench.Effort.Of(8, 200), bench.Effort.Limit, nearest);
        bench.Board.Rounds(Group, Rested, "ms", bench.Effort.Of(3, 200), bench.Effort.Limit, new Turn { Rest = s_rest }, nearest);
    }

    private static double ByVerb(Bench bench, ShimdPeer agent, string runtime)
    {
        string id = bench.Workspace.NewId();
        return Stopclock.Milliseconds(() => Command.Run(
            bench.Workspace, agent.Words("run", "--rm", "--runtime", runtime, "--bundle", bench.Workspace.TrueBundle, id)));
    }

    private static double BySocket(Bench bench, ShimdPeer agent, string runtime)
    {
        string id = bench.Workspace.NewId();
        return Stopclock.Milliseconds(() =>
        {
            _ = agent.Run(bench.Workspace.TrueBundle, runtime, id);
            _ = agent.Client.Call("wait", new { id });
            _ = agent.Client.Call("delete", new { id });
        });
    }

    private static double ToTheExit(Bench bench, ShimdPeer agent, string runtime)
    {
        string id = bench.Workspace.NewId();
        double took = Stopclock.Milliseconds(() =>
        {
            _ = agent.Run(bench.Workspace.TrueBundle, runtime, id);
            _ = agent.Client.Call("wait", new { id });
        });
        _ = agent.Client.Call("delete", new { id });
        return took;
    }
}
