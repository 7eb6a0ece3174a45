using System.Text;
using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;
using Shimd.Native;

namespace Shimd.Bench.Benches;

/// <summary><c>state</c> as often as it goes: one after the other, many in a row, from 60 clients (64 is the limit, and others want in), from
/// 56 while events storm; beside a server on the same loop that
/// answers as many bytes without thinking.</summary>
internal static class RequestBench
{
    public const string Group = "requests";

    private static readonly (string Name, int Clients, int Depth)[] s_loads = [("one after the other", 1, 1), ("32 in a row", 1, 32), ("60 clients", 60, 1)];

    public static void Measure(Bench bench)
    {
        int others = bench.Effort.Of(100, 1000);
        using var agent = new ShimdPeer(bench.Workspace, "requests");
        Crowd.Grow(agent, bench.Workspace, 0, others);
        string id = agent.Client.Call("list", new { limit = 1 }).GetProperty("containers")[0].GetProperty("id").GetString()!;
        int answerBytes = agent.Client.Call("state", new { id }).GetRawText().Length + 40;
        string socket = Path.Combine(bench.Workspace.RunDirectory, "echo.sock");
        using Command echo = EchoServer.Start(socket, answerBytes);
        Stopclock.Until(() => File.Exists(socket), "the echo server listens");
        foreach ((string name, int clients, int depth) in s_loads)
        {
            Board.Progress($"requests: {name}");
            for (int round = -1; round < bench.Effort.Of(3, 10); round++)
            {
                Load(bench, $"shimd, {others} containers", agent.Socket, name, id, clients, depth, round);
                Load(bench, "echo on the same loop", socket, name, id, clients, depth, round);
            }
        }

        InAStorm(bench, agent, socket, id, others);
        bench.Board.Get(Group, "daemon after all requests, private-dirty", "KB", $"shimd, {others} containers").Samples
            .Add(ProcFs.MemoryOf(agent.Pid, "Private_Dirty"));
    }

    /// <summary>With as many clients as the storm leaves connections for, while containers come and go.</summary>
    private static void InAStorm(Bench bench, ShimdPeer agent, string echo, string id, int others)
    {
        const string Name = "56 clients, events storm";
        Board.Progress($"requests: {Name}");
        using var storm = new Storm(agent, bench.Workspace);
        for (int round = -1; round < bench.Effort.Of(3, 10); round++)
        {
            Load(bench, $"shimd, {others} containers", agent.Socket, Name, id, 56, 1, round);
            Load(bench, "echo on the same loop", echo, Name, id, 56, 1, round);
        }

        bench.Board.Get(Group, "events meanwhile", "events/s", $"shimd, {others} containers").Samples.Add(storm.EventsPerSecond);
    }

    private static void Load(Bench bench, string who, string socket, string load, string id, int clients, int depth, int round)
    {
        string? against = who.StartsWith("shimd", StringComparison.Ordinal) ? null : $"shimd, {bench.Effort.Of(100, 1000)} containers";
        Series rate = bench.Board.Get(Group, $"state, {load}", "requests/s", who, against: against);
        if (rate.Failure is not null)
        {
            return;
        }

        Board.Attempt(rate, () =>
        {
            using var generator = new LoadGenerator(socket, id, clients, depth);
            generator.Run(milliseconds: bench.Effort.Of(300, 1000));
            if (round < 0)
            {
                return;
            }

            rate.Samples.Add(generator.PerSecond);
            bench.Board.Get(Group, $"state, {load}, latency (median)", "µs", who, against: against).Samples.Add(Statistics.Quantile(generator.Latencies, 0.5));
            bench.Board.Get(Group, $"state, {load}, latency (p99)", "µs", who, against: against).Samples.Add(Statistics.Quantile(generator.Latencies, 0.99));
        });
    }

    /// <summary>Keeps so many requests on their way on each connection.</summary>
    private sealed class LoadGenerator : IDisposable
    {
        private readonly Epoll _epoll = new();
        private readonly Fd[] _connections;
        private readonly Queue<long>[] _sent;
        private readonly byte[] _buffer = new byte[256 * 1024];
        private readonly byte[] _lines = new byte[64 * 1024];
        private readonly string _id;
        private readonly int _depth;
        private long _lastRequest;

        public LoadGenerator(string socket, string id, int clients, int depth)
        {
            _id = id;
            _depth = depth;
            _connections = [.. Enumerable.Range(0, clients).Select(_ => UnixSocket.Connect(socket, nonBlocking: false).OrThrow("connect"))];
            _sent = [.. _connections.Select(_ => new Queue<long>())];
            for (int i = 0; i < clients; i++)
            {
                _epoll.Add(_connections[i], EpollEvents.In, (ulong)i).OrThrow("epoll_ctl");
            }
        }

        /// <summary>In microseconds, one for each answer.</summary>
        public List<double> Latencies { get; } = [];

        public double PerSecond { get; private set; }

        public void Run(int milliseconds)
        {
            long start = Stopclock.Now;
            for (int i = 0; i < _connections.Length; i++)
            {
                Ask(i, _depth);
            }

            while (Stopclock.MillisecondsSince(start) < milliseconds)
            {
                Take(more: true);
            }

            PerSecond = Latencies.Count * 1000.0 / Stopclock.MillisecondsSince(start);
            int counted = Latencies.Count;
            while (_sent.Any(queue => queue.Count > 0))
            {
                Take(more: false);
            }

            Latencies.RemoveRange(counted, Latencies.Count - counted);
        }

        public void Dispose()
        {
            Array.ForEach(_connections, connection => connection.Dispose());
            _epoll.Dispose();
        }

        private void Take(bool more)
        {
            long count = _epoll.Wait(5_000).OrThrow("epoll_wait");
            if (count == 0)
            {
                throw new PeerException("no answer within 5 s");
            }

            for (int i = 0; i < count; i++)
            {
                int connection = (int)_epoll.Result(i).Key;
                long read = _connections[connection].Read(_buffer).OrThrow("read");
                if (read == 0)
                {
                    throw new PeerException("the connection was closed");
                }

                long now = Stopclock.Now;
                int answers = _buffer.AsSpan(0, (int)read).Count((byte)'\n');
                for (int answer = 0; answer < answers; answer++)
                {
                    Latencies.Add(System.Diagnostics.Stopwatch.GetElapsedTime(_sent[connection].Dequeue(), now).TotalMicroseconds);
                }

                if (more && answers > 0)
                {
                    Ask(connection, answers);
                }
            }
        }

        private void Ask(int connection, int count)
        {
            int length = 0;
            for (int i = 0; i < count; i++)
            {
                length += Encoding.UTF8.GetBytes($"{{\"id\":{++_lastRequest},\"method\":\"state\",\"params\":{{\"id\":\"{_id}\"}}}}\n", _lines.AsSpan(length));
            }

            long now = Stopclock.Now;
            for (int i = 0; i < count; i++)
            {
                _sent[connection].Enqueue(now);
            }

            _connections[connection].WriteAll(_lines.AsSpan(0, length)).OrThrow("write");
        }
    }
}
