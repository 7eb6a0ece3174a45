using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;
using Shimd.Native;

namespace Shimd.Bench.Benches;

/// <summary>Bytes a second from a container's standard output to where it is to go, as far as nobody is to look at them.</summary>
internal static class StdioBench
{
    public const string Group = "stdio";
    public const string Pipes = "pipe";

    private const int BlockBytes = 64 * 1024;

    public static void Measure(Bench bench)
    {
        int megabytes = bench.Effort.Of(256, 1024);
        string[] program = ["/bin/dd", "if=/dev/zero", $"bs={BlockBytes}", $"count={megabytes * 16}"];
        string bundle = bench.Workspace.Bundle("flood", program);
        using var agent = new ShimdPeer(bench.Workspace, "stdio");
        bench.Board.Rounds(
            Group, "stdout to a reader (from the first byte to the end)", "MB/s", bench.Effort.Of(5, 15), bench.Effort.Limit,
            new Contender("no container: a pipe", "shimd, fd", () => FromPipe(megabytes, writer => Command.Start(["busybox", "dd", .. program[1..]], stdout: writer))),
            new Contender("bare crun, pipe", "shimd, fd", () => FromPipe(
                megabytes, writer => Command.Start(new BareRuntime(bench.Workspace, "crun").Words("run", "--bundle", bundle, bench.Workspace.NewId()), stdout: writer))),
            new Contender("shimd, fd", null, () => ThroughFd(bench, agent, bundle, megabytes)),
            new Contender("shimd, fifo", "shimd, fd", () => ThroughFifo(bench, agent, bundle, megabytes)),
            new Contender("containerd (ctr run)", "shimd, fd", () => FromPipe(
                megabytes, writer => Command.Start(bench.Containerd.Words("run", "--rm", "--runc-binary", "crun", "--config", Containerd.Config(bundle), bench.Workspace.NewId()), stdout: writer))),
            new Contender("podman run", "shimd, fd", () => FromPipe(megabytes, writer => Command.Start(
                bench.Podman.Create("crun", "run", bench.Workspace.NewId(), ["--rm", "--rootfs", bench.Workspace.RootFileSystem, .. program]), stdout: writer))));
        bench.Board.Rounds(
            Group, "stdout to nobody or a file (from run to the exit event)", "MB/s", bench.Effort.Of(2, 8), bench.Effort.Limit / 2,
            new Contender("shimd, null", null, () => ToTheExit(bench, agent, bundle, "null", megabytes)),
            new Contender("shimd, file in a tmpfs", null, () => ToTheExit(bench, agent, bundle, new { file = bench.Workspace.NewFile("flood") }, megabytes)));
        LogBench.Measure(bench, agent);
    }

    /// <summary>Stdout to a reader once more, to tell a few percent: short and in pairs, each side on a processor of its own, since where the
    /// scheduler puts them counts for more.</summary>
    public static void MeasurePipes(Bench bench)
    {
        using var agent = new ShimdPeer(bench.Workspace, "pipe");
        const int MegaBytes = 256;
        string[] program = ["taskset", "-c", "1", "busybox", "dd", "if=/dev/zero", $"bs={BlockBytes}", $"count={MegaBytes * 16}"];
        string bundle = bench.Workspace.Bundle("flood-1", ["/bin/busybox", .. program]);
        var crun = new BareRuntime(bench.Workspace, "crun");
        string self = $"{System.Environment.ProcessId}";
        string all = Command.Read(bench.Workspace, "taskset", "-p", self).Trim().Split(' ')[^1];
        try
        {
            Command.Run(bench.Workspace, "taskset", "-cp", "0", self);
            bench.Board.Rounds(
                Pipes, "stdout to a reader, side by side, reader and writer on a processor each", "MB/s", bench.Effort.Of(8, 100), 2 * bench.Effort.Limit, new Turn { IsPaired = true },
                [
                    new Contender("no container: a pipe", "shimd, fd", () => FromPipe(MegaBytes, writer => Command.Start(["busybox", .. program], stdout: writer))),
                    new Contender("shimd, fd", null, () => ThroughFd(bench, agent, bundle, MegaBytes)),
                    new Contender("bare crun, pipe", "shimd, fd", () => FromPipe(
                        MegaBytes, writer => Command.Start(crun.Words("run", "--bundle", bundle, bench.Workspace.NewId()), stdout: writer))),
                    new Contender("shimd, fifo", "shimd, fd", () => ThroughFifo(bench, agent, bundle, MegaBytes)),
                ]);
        }
        finally
        {
            Command.Run(bench.Workspace, "taskset", "-p", all, self);
        }
    }

    /// <summary>Reads to the end of the pipe; MB/s between the first byte and the last.</summary>
    private static double FromPipe(int megabytes, Func<Fd, Command> start)
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        using Command command = start(pipe.Writer);
        pipe.Writer.Dispose();
        double rate = ReadAll(pipe.Reader, megabytes);
        _ = command.WaitForEnd();
        return rate;
    }

    private static double ThroughFd(Bench bench, ShimdPeer agent, string bundle, int megabytes)
    {
        string id = bench.Workspace.NewId();
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        _ = agent.Client.Call("run", new { id, bundle, runtime = "crun", stdio = new { stdout = new { fd = 0 } } }, pipe.Writer);
        pipe.Writer.Dispose();
        return Finish(agent, id, ReadAll(pipe.Reader, megabytes));
    }

    private static double ThroughFifo(Bench bench, ShimdPeer agent, string bundle, int megabytes)
    {
        string id = bench.Workspace.NewId();
        string path = bench.Workspace.NewFile("fifo");
        Fifo.Create(path).OrThrow("mkfifo");
        using Fd reader = Fifo.OpenReader(path).OrThrow("open");
        _ = agent.Run(bundle, "crun", id, new { stdout = new { fifo = path } });

        // As the pipes are that the others are read through; the shim holds a writing end by now.
        reader.SetNonBlocking(false).OrThrow("fcntl");
        return Finish(agent, id, ReadAll(reader, megabytes));
    }

    private static double Finish(ShimdPeer agent, string id, double rate)
    {
        _ = agent.Client.Call("wait", new { id });
        _ = agent.Client.Call("delete", new { id });
        return rate;
    }

    private static double ToTheExit(Bench bench, ShimdPeer agent, string bundle, object stdout, int megabytes)
    {
        string id = bench.Workspace.NewId();
        double took = Stopclock.Milliseconds(() =>
        {
            _ = agent.Run(bundle, "crun", id, new { stdout });
            _ = agent.Client.Call("wait", new { id });
        });
        _ = agent.Client.Call("delete", new { id });
        foreach (string file in Directory.GetFiles(bench.Workspace.RunDirectory, "flood-*"))
        {
            File.Delete(file);
        }

        return megabytes * 1000.0 / took;
    }

    private static double ReadAll(Fd reader, int megabytes)
    {
        byte[] buffer = new byte[BlockBytes];
        long total = 0;
        long first = 0;
        while (true)
        {
            if (!Ready.Wait(reader, 30_000))
            {
                throw new PeerException("nothing to read for 30 s");
            }

            first = first == 0 ? Stopclock.Now : first;
            while (reader.Read(buffer) is var read && !read.WouldBlock)
            {
                total += read.OrThrow("read");
                if (read.Value == 0)
                {
                    double rate = total / 1048576.0 * 1000 / Stopclock.MillisecondsSince(first);
                    return total == megabytes * 1048576L ? rate : throw new PeerException($"{total} bytes came, of {megabytes} MiB");
                }
            }
        }
    }
}
