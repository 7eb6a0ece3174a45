using System.Text.Json;
using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>Lines a second from a container to its log, and what whoever writes it uses of processors. The logs are
/// where logs are, on the disk, whose cache takes them.</summary>
internal static class LogBench
{
    private const int LineBytes = 64;

    /// <summary>A program that writes lines.</summary>
    /// <param name="What">Its table.</param>
    /// <param name="Bundle">Of the program.</param>
    private sealed record Load(string What, string Bundle, int MegaBytes);

    public static void Measure(Bench bench, ShimdPeer agent)
    {
        // As those do whose output is buffered; the program itself could write some hundred million lines a second.
        int megaBytes = bench.Effort.Of(64, 256);
        var blocks = new Load("lines of 64 bytes to a log, 64 with each write", Spam(bench, megaBytes, "4096"), megaBytes);

        // As a shell or a logger does. The program and its writes to a pipe are what takes most of the time here: the first row is all
        // that there is to be had.
        megaBytes = bench.Effort.Of(16, 64);
        var single = new Load("lines of 64 bytes to a log, each with a write of its own", Spam(bench, megaBytes, "64"), megaBytes);
        bench.Board.Rounds(
            StdioBench.Group, blocks.What, "lines/s", bench.Effort.Of(3, 8), bench.Effort.Limit,
            new Contender("shimd, cri", null, () => ShimdLog(bench, agent, blocks, "cri", "cri", isRotated: false)),
            new Contender("shimd, cri, rotated at 10 MiB", "shimd, cri", () => ShimdLog(bench, agent, blocks, "cri, rotated at 10 MiB", "cri", isRotated: true)),
            new Contender("shimd, json-file", "shimd, cri", () => ShimdLog(bench, agent, blocks, "json-file", "json-file", isRotated: false)),
            new Contender("conmon, k8s-file", "shimd, cri", () => ConmonLog(bench, blocks)),
            new Contender("containerd, file", "shimd, cri", () => ContainerdLog(bench, blocks)));
        bench.Board.Rounds(
            StdioBench.Group, single.What, "lines/s", bench.Effort.Of(3, 8), bench.Effort.Limit,
            new Contender("shimd, no log: null", "shimd, cri", () => Unlogged(bench, agent, single)),
            new Contender("shimd, cri", null, () => ShimdLog(bench, agent, single, "cri", "cri", isRotated: false)),
            new Contender("conmon, k8s-file", "shimd, cri", () => ConmonLog(bench, single)),
            new Contender("containerd, file", "shimd, cri", () => ContainerdLog(bench, single)));
    }

    private static string Spam(Bench bench, int megaBytes, string atOnce)
        => bench.Workspace.Bundle($"lines-{atOnce}", "/bin/shimd", "payload", "spam", $"{megaBytes * 1024 * 1024}", atOnce);

    private static double ShimdLog(Bench bench, ShimdPeer agent, Load load, string who, string format, bool isRotated)
    {
        string id = bench.Workspace.NewId();
        string path = bench.Workspace.NewDiskFile("log");
        object log = isRotated ? new { format, path, maxSize = 10 * 1024 * 1024 } : new { format, path };
        _ = agent.Client.Call("create", new { id, bundle = load.Bundle, runtime = "crun", stdio = new { stdout = "log" }, log });
        double rate = Lines(bench, $"shimd, {who}", load, agent.ShimOf(id), () => Begin(agent, id));
        _ = agent.Client.Call("delete", new { id });
        foreach (string file in Directory.GetFiles(bench.Workspace.Disk, Path.GetFileName(path) + "*"))
        {
            File.Delete(file);
        }

        return rate;
    }

    private static double Unlogged(Bench bench, ShimdPeer agent, Load load)
    {
        string id = bench.Workspace.NewId();
        _ = agent.Client.Call("create", new { id, bundle = load.Bundle, runtime = "crun" });
        double rate = Lines(bench, null, load, agent.ShimOf(id), () => Begin(agent, id));
        _ = agent.Client.Call("delete", new { id });
        return rate;
    }

    /// <summary>Starts a container; what it returns tells whether that has ended.</summary>
    private static Func<bool> Begin(ShimdPeer agent, string id)
    {
        _ = agent.Client.Call("start", new { id });
        long wait = agent.Client.Send("wait", new { id });
        return () =>
        {
            if (!Ready.Wait(agent.Client.Fd, 2))
            {
                return false;
            }

            JsonElement exit = agent.Client.Result(wait);
            return exit.GetProperty("code").GetInt32() == 0 ? true : throw new PeerException($"the container exited: {exit}");
        };
    }

    private static double ConmonLog(Bench bench, Load load)
    {
        Conmon conmon = bench.Conmon("crun");
        ConmonContainer container = conmon.Create(load.Bundle, bench.Workspace.NewDiskFile("conmon-log"));
        double rate = Lines(bench, "conmon, k8s-file", load, container.Monitor, () =>
        {
            conmon.Start(container);
            return () =>
            {
                Thread.Sleep(1);
                return File.Exists(container.ExitFile);
            };
        });
        conmon.Delete(container);
        File.Delete(container.Log);
        return rate;
    }

    private static double ContainerdLog(Bench bench, Load load)
    {
        string id = bench.Workspace.NewId();
        string log = bench.Workspace.NewDiskFile("containerd-log");
        long start = Stopclock.Now;
        Command.Run(
            bench.Workspace,
            bench.Containerd.Words("run", "-d", "--log-uri", $"file://{log}", "--runc-binary", "crun", "--config", Containerd.Config(load.Bundle), id));
        int pid = bench.Containerd.PidOf(id);
        int shim = Containerd.ShimOf(id);
        double seconds = 0;
        while (ProcFs.IsAlive(pid))
        {
            seconds = ProcFs.ProcessorSeconds(shim) ?? seconds;
            Thread.Sleep(1);
        }

        double took = Stopclock.MillisecondsSince(start);
        Processor(bench, "containerd, file", seconds, load);
        bench.Containerd.Remove(id);
        File.Delete(log);
        return load.MegaBytes * 1048576.0 / LineBytes / took * 1000;
    }

    /// <summary>Lines a second from the start until the exit is known; and what the monitor used of processors meanwhile.</summary>
    private static double Lines(Bench bench, string? who, Load load, int monitor, Func<Func<bool>> begin)
    {
        double before = ProcFs.ProcessorSeconds(monitor) ?? 0;
        long start = Stopclock.Now;
        Func<bool> hasEnded = begin();
        double after = before;
        while (!hasEnded())
        {
            after = ProcFs.ProcessorSeconds(monitor) ?? after;
            if (Stopclock.MillisecondsSince(start) > 120_000)
            {
                throw new PeerException("not written within two minutes");
            }
        }

        double took = Stopclock.MillisecondsSince(start);
        if (who is not null)
        {
            Processor(bench, who, after - before, load);
        }

        return load.MegaBytes * 1048576.0 / LineBytes / took * 1000;
    }

    private static void Processor(Bench bench, string who, double seconds, Load load)
        => bench.Board.Get(
            StdioBench.Group, $"processor time of the monitor, {load.What}", "s per GB", who, against: who == "shimd, cri" ? null : "shimd, cri")
            .Samples.Add(seconds * 1024 / load.MegaBytes);
}
