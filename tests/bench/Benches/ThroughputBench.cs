using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;
using Shimd.Native;

namespace Shimd.Bench.Benches;

/// <summary>Containers of /bin/true a second, with 1, 2 and 8 at once.</summary>
internal static class ThroughputBench
{
    public const string Group = "throughput";

    public static void Measure(Bench bench)
    {
        using var agent = new ShimdPeer(bench.Workspace, "throughput");
        string bundle = bench.Workspace.TrueBundle;
        foreach (int atOnce in (int[])[1, 2, 8])
        {
            string what = $"containers of /bin/true, {atOnce} at once";
            int few = Math.Max(bench.Effort.Of(4, 16), atOnce);
            bench.Board.Rounds(
                Group, what, "containers/s", bench.Effort.Of(2, 6), bench.Effort.Limit / 2,
                new Contender("shimd, crun", null, () => Rate(few * 2, atOnce, id => agent.Words("run", "--rm", "--runtime", "crun", "--bundle", bundle, id), bench)),
                new Contender("bare crun", "shimd, crun", () => Rate(few * 2, atOnce, id => new BareRuntime(bench.Workspace, "crun").Words("run", "--bundle", bundle, id), bench)),
                new Contender("shimd by its socket, crun", "shimd, crun", () => BySocket(bench, agent, few * 2, atOnce)),
                new Contender("containerd (ctr), crun", "shimd, crun", () => Rate(
                    few, atOnce, id => bench.Containerd.Words("run", "--rm", "--runc-binary", "crun", "--config", Containerd.Config(bundle), id), bench)),
                new Contender("podman, crun", "shimd, crun", () => Rate(
                    few, atOnce, id => bench.Podman.Create("crun", "run", id, "--rm", "--rootfs", bench.Workspace.RootFileSystem, "/bin/true"), bench)));
        }
    }

    private static double Rate(int count, int atOnce, Func<string, string[]> words, Bench bench)
    {
        string output = bench.Workspace.NewFile("output");
        var running = new Queue<Command>();
        long start = Stopclock.Now;
        for (int begun = 0, ended = 0; ended < count;)
        {
            while (begun < count && running.Count < atOnce)
            {
                running.Enqueue(Command.Start(words(bench.Workspace.NewId()), output));
                begun++;
            }

            // In order of their start: none takes much longer than another.
            using Command oldest = running.Dequeue();
            WaitStatus status = oldest.WaitForEnd();
            ended++;
            if (status.Code != 0)
            {
                while (running.TryDequeue(out Command? other))
                {
                    _ = other.WaitForEnd();
                    other.Dispose();
                }

                throw new PeerException(Command.Explain([oldest.Name], status, output));
            }
        }

        return count * 1000 / Stopclock.MillisecondsSince(start);
    }

    private static double BySocket(Bench bench, ShimdPeer agent, int count, int atOnce)
    {
        AgentConnection[] clients = [.. Enumerable.Range(0, atOnce).Select(_ => agent.Connect())];
        string bundle = bench.Workspace.TrueBundle;
        long start = Stopclock.Now;
        for (int ended = 0; ended < count; ended += atOnce)
        {
            string[] ids = [.. clients.Select(_ => bench.Workspace.NewId())];
            All(clients, i => clients[i].Send("run", new { id = ids[i], bundle, runtime = "crun" }));
            All(clients, i => clients[i].Send("wait", new { id = ids[i] }));
            All(clients, i => clients[i].Send("delete", new { id = ids[i] }));
        }

        double rate = count * 1000 / Stopclock.MillisecondsSince(start);
        Array.ForEach(clients, client => client.Dispose());
        return rate;
    }

    private static void All(AgentConnection[] clients, Func<int, long> send)
    {
        long[] requests = [.. Enumerable.Range(0, clients.Length).Select(send)];
        for (int i = 0; i < clients.Length; i++)
        {
            _ = clients[i].Result(requests[i]);
        }
    }
}
