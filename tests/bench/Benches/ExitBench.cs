using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;
using Shimd.Native;

namespace Shimd.Bench.Benches;

/// <summary>
/// From the end of a container's first process, as a pidfd tells it to this program, to the news of it at a client: the line of an
/// event, conmon's exit file (by inotify), the line of <c>ctr events</c>.
/// </summary>
internal static class ExitBench
{
    public const string Group = "exit";

    private const string What = "from the process's end to the news at a client";
    private const int LimitMs = 20_000;

    public static void Measure(Bench bench)
    {
        int rounds = bench.Effort.Of(10, 200);
        using (var agent = new ShimdPeer(bench.Workspace, "exit"))
        using (AgentConnection listener = agent.Connect())
        {
            _ = listener.Call("subscribe", new { types = new[] { "exit" } });
            var events = new EventsOfContainerd();
            bench.Board.Rounds(
                Group, What, "ms", rounds, bench.Effort.Limit,
                new Contender("shimd", null, () => OfShimd(bench, agent, listener)),
                new Contender("conmon", "shimd", () => OfConmon(bench)),
                new Contender("containerd (ctr events)", "shimd", () => events.Sample(bench)));
            events.Dispose();

            int others = bench.Effort.Of(100, 1000);
            Board.Progress($"exit: {others} other containers");
            Crowd.Grow(agent, bench.Workspace, 0, others);
            bench.Board.Rounds(
                Group, What, "ms", rounds, bench.Effort.Limit,
                new Contender($"shimd, with {others} other containers", "shimd", () => OfShimd(bench, agent, listener)));
        }
    }

    /// <summary>Kills the process, and returns the milliseconds between the two becoming readable.</summary>
    private static double Between(int pid, Fd news, Action read)
    {
        using PidFd process = PidFd.Open(pid).OrThrow("pidfd_open");
        using var epoll = new Epoll();
        epoll.Add(process.Fd, EpollEvents.In, 1).OrThrow("epoll_ctl");
        epoll.Add(news, EpollEvents.In, 2).OrThrow("epoll_ctl");
        process.Send(Signal.SIGKILL).OrThrow("pidfd_send_signal");
        long ended = 0;
        while (true)
        {
            long count = epoll.Wait(LimitMs).OrThrow("epoll_wait");
            long now = Stopclock.Now;
            if (count == 0)
            {
                throw new PeerException("no news of the exit within 20 s");
            }

            for (int i = 0; i < count; i++)
            {
                if (epoll.Result(i).Key == 1)
                {
                    ended = now;
                    epoll.Remove(process.Fd).OrThrow("epoll_ctl");
                }
            }

            for (int i = 0; i < count; i++)
            {
                if (epoll.Result(i).Key == 2)
                {
                    read();
                    return ended == 0 ? 0 : System.Diagnostics.Stopwatch.GetElapsedTime(ended, now).TotalMilliseconds;
                }
            }
        }
    }

    private static double OfShimd(Bench bench, ShimdPeer agent, AgentConnection listener)
    {
        string id = bench.Workspace.NewId();
        int pid = agent.Run(bench.Workspace.IdleBundle, "crun", id).GetProperty("pid").GetInt32();
        double took = Between(pid, listener.Fd, () => listener.NextEvent("exit", id));
        _ = agent.Client.Call("delete", new { id });
        return took;
    }

    private static double OfConmon(Bench bench)
    {
        Conmon conmon = bench.Conmon("crun");
        ConmonContainer container = conmon.Create(bench.Workspace.IdleBundle);
        conmon.Start(container);
        using Fd news = NewFiles.Watch(conmon.ExitDirectory);
        double took = Between(container.Pid, news, () => { });
        conmon.Delete(container);
        return took;
    }

    /// <summary><c>ctr events</c>, started with the first sample.</summary>
    private sealed class EventsOfContainerd : IDisposable
    {
        private Pipe? _pipe;
        private Command? _command;

        public double Sample(Bench bench)
        {
            if (_command is null)
            {
                _pipe = Pipe.Create().OrThrow("pipe2");
                _command = Command.Start(bench.Containerd.Words("events"), stdout: _pipe.Writer);
                Thread.Sleep(300);
            }

            string id = bench.Workspace.NewId();
            bench.Containerd.RunDetached(id, bench.Workspace.IdleBundle, "crun");
            int pid = bench.Containerd.PidOf(id);
            Thread.Sleep(20);
            Drain();
            double took = Between(pid, _pipe!.Reader, Drain);
            bench.Containerd.Remove(id);
            return took;
        }

        public void Dispose()
        {
            _command?.Dispose();
            _pipe?.Dispose();
        }

        private void Drain()
        {
            Span<byte> buffer = stackalloc byte[16 * 1024];
            while (Ready.Wait(_pipe!.Reader, 0) && _pipe.Reader.Read(buffer).OrThrow("read") > 0)
            {
            }
        }
    }
}
