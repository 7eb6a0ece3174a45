using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>Each operation alone, on a container that sleeps.</summary>
internal static class VerbBench
{
    public const string Group = "verbs";

    /// <summary>Between kill and delete, not measured: a container takes a moment to end.</summary>
    private const int EndMs = 60;

    private static readonly string[] s_verbs = ["create", "start", "exec of /bin/true, output captured", "kill", "delete"];

    public static void Measure(Bench bench)
    {
        using var agent = new ShimdPeer(bench.Workspace, "verbs");
        (string Who, Func<Action[]> Steps)[] contenders =
        [
            .. Bench.Runtimes.Select(runtime => ($"bare {runtime}", new Func<Action[]>(() => Bare(bench, runtime)))),
            .. Bench.Runtimes.Select(runtime => ($"shimd, {runtime}", new Func<Action[]>(() => ByVerb(bench, agent, runtime)))),
            ("shimd by its socket, crun", () => BySocket(bench, agent)),
            ("conmon, crun", () => ByConmon(bench)),
            ("containerd (ctr), runc", () => ByContainerd(bench)),
            ("podman, crun", () => ByPodman(bench)),
        ];
        Board.Progress("verbs: create, start, exec, kill, delete");
        long start = Stopclock.Now;
        for (int round = -1; round < bench.Effort.Of(4, 30) && (round < 2 || Stopclock.MillisecondsSince(start) < bench.Effort.Limit.TotalMilliseconds * 2); round++)
        {
            foreach ((string who, Func<Action[]> steps) in contenders)
            {
                One(bench, who, steps, round >= 0);
            }
        }
    }

    private static void One(Bench bench, string who, Func<Action[]> make, bool counts)
    {
        Series[] series = [.. s_verbs.Select(verb => bench.Board.Get(Group, verb, "ms", who, against: Against(who)))];
        if (series.Any(one => one.Failure is not null))
        {
            return;
        }

        Action[]? steps = null;
        Board.Attempt(series[0], () => steps = make());
        for (int i = 0; steps is not null && i < steps.Length; i++)
        {
            int step = i;
            if (step == s_verbs.Length - 1)
            {
                Thread.Sleep(EndMs);
            }

            if (Board.Try(series[step], () => Stopclock.Milliseconds(steps[step])) is not { } took)
            {
                return;
            }

            if (counts)
            {
                series[step].Samples.Add(took);
            }
        }
    }

    private static string? Against(string who)
    {
        string own = who.EndsWith("runc", StringComparison.Ordinal) ? "shimd, runc" : "shimd, crun";
        return who == own ? null : own;
    }

    private static Action[] Commands(Bench bench, params string[][] commands)
        => [.. commands.Select(words => new Action(() => Command.Run(bench.Workspace, words)))];

    private static Action[] Bare(Bench bench, string name)
    {
        var runtime = new BareRuntime(bench.Workspace, name);
        string id = bench.Workspace.NewId();
        return Commands(
            bench, runtime.Words("create", "--bundle", bench.Workspace.IdleBundle, id), runtime.Words("start", id), runtime.Words("exec", id, "/bin/true"),
            runtime.Words("kill", id, "KILL"), runtime.Words("delete", id));
    }

    private static Action[] ByVerb(Bench bench, ShimdPeer agent, string runtime)
    {
        string id = bench.Workspace.NewId();
        return Commands(
            bench, agent.Words("create", "--runtime", runtime, "--bundle", bench.Workspace.IdleBundle, id), agent.Words("start", id),
            agent.Words("exec", id, "--", "/bin/true"), agent.Words("kill", "-s", "KILL", id), agent.Words("delete", id));
    }

    private static Action[] BySocket(Bench bench, ShimdPeer agent)
    {
        string id = bench.Workspace.NewId();
        string bundle = bench.Workspace.IdleBundle;
        return
        [
            () => agent.Client.Call("create", new { id, bundle, runtime = "crun" }),
            () => agent.Client.Call("start", new { id }),
            () => agent.Client.Call("exec", new { id, args = new[] { "/bin/true" }, wait = true, captureOutput = true }),
            () => agent.Client.Call("kill", new { id, signal = "KILL" }),
            () => agent.Client.Call("delete", new { id }),
        ];
    }

    private static Action[] ByConmon(Bench bench)
    {
        Conmon conmon = bench.Conmon("crun");
        ConmonContainer? container = null;
        return
        [
            () => container = conmon.Create(bench.Workspace.IdleBundle),
            () => conmon.Start(container!),
            () => conmon.Execute(container!),
            () => conmon.Kill(container!),
            () => conmon.Delete(container!),
        ];
    }

    // Its create writes a record, and start does what others do in create and start. ctr can choose another runtime only in 'run'.
    private static Action[] ByContainerd(Bench bench)
    {
        Containerd containerd = bench.Containerd;
        string id = bench.Workspace.NewId();
        Action[] steps = Commands(
            bench, containerd.Words("container", "create", "--config", Containerd.Config(bench.Workspace.IdleBundle), id),
            containerd.Words("task", "start", "-d", "--null-io", id), containerd.Words("task", "exec", "--exec-id", "x", id, "/bin/true"),
            containerd.Words("task", "kill", "-s", "KILL", id), containerd.Words("task", "rm", id));
        Action last = steps[^1];
        steps[^1] = () =>
        {
            last();
            Command.Run(bench.Workspace, containerd.Words("container", "rm", id));
        };
        return steps;
    }

    private static Action[] ByPodman(Bench bench)
    {
        Podman podman = bench.Podman;
        string id = bench.Workspace.NewId();
        return Commands(
            bench, podman.Create("crun", "create", id, "--rootfs", bench.Workspace.RootFileSystem, "/bin/sleep", "1000000"), podman.Words("crun", "start", id),
            podman.Words("crun", "exec", id, "/bin/true"), podman.Words("crun", "kill", id), podman.Words("crun", "rm", id));
    }
}
