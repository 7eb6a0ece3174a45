using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>What is installed, and what it takes to begin.</summary>
internal static class StaticBenches
{
    public const string Sizes = "size";
    public const string Starts = "start";

    public static void MeasureSizes(Bench bench)
    {
        Size(bench, "shimd", bench.Workspace.Binary);
        Size(bench, "conmon (and glib, which it loads)", "conmon");
        Size(bench, "containerd, its shim and ctr", "containerd", "containerd-shim-runc-v2", "ctr");
        Size(bench, "podman and conmon", "podman", "conmon");
        Size(bench, "crun, which all need or runc", "crun");
        Size(bench, "runc", "runc");
    }

    public static void MeasureStarts(Bench bench)
    {
        int agents = 0;
        bench.Board.Rounds(
            Starts, "daemon, from its start to its first answer", "ms", bench.Effort.Of(4, 20), bench.Effort.Limit,
            new Contender("shimd serve, asked by its socket", null, () =>
            {
                ShimdPeer? agent = null;
                double took = Stopclock.Milliseconds(() =>
                {
                    agent = new ShimdPeer(bench.Workspace, $"start-{++agents}");
                    _ = agent.Client.Call("hello");
                });
                agent!.Dispose();
                return took;
            }),
            new Contender("containerd, asked by ctr", "shimd serve, asked by its socket", () => bench.Containerd.Restart()));
        bench.Board.Rounds(
            Starts, "client, telling its version", "ms", bench.Effort.Of(10, 60), bench.Effort.Limit,
            Version(bench, bench.Workspace.Binary, "--help"), Version(bench, "ctr", "--version"), Version(bench, "podman", "--version"), Version(bench, "conmon", "--version"),
            Version(bench, "crun", "--version"), Version(bench, "runc", "--version"), Version(bench, "busybox", "true"));
    }

    private static Contender Version(Bench bench, string program, string argument)
    {
        string name = program == bench.Workspace.Binary ? "shimd" : program;
        return new Contender(
            $"{name} {argument}", name == "shimd" ? null : "shimd --help", () => Stopclock.Milliseconds(() => Command.Run(bench.Workspace, program, argument)));
    }

    private static void Size(Bench bench, string who, params string[] programs)
    {
        Series series = bench.Board.Get(Sizes, "size of the programs on disk", "KB", who, against: who == "shimd" ? null : "shimd");
        Board.Attempt(series, () => series.Samples.Add(programs.Sum(
            program => new FileInfo(program.Contains('/') ? program : Command.Require(program)).Length / 1024.0)));
    }
}
