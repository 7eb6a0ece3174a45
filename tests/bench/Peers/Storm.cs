using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>Containers that come and go as fast as a few clients can make them, each of whom is told of all of it.</summary>
internal sealed class Storm : IDisposable
{
    /// <summary>Connections, of the agent's 64.</summary>
    public const int Clients = 4;

    private readonly AgentConnection[] _clients;
    private readonly Thread _thread;
    private readonly long _begun = Stopclock.Now;
    private volatile bool _isOver;
    private long _events;

    public Storm(ShimdPeer agent, Workspace workspace)
    {
        string runtime = FakeRuntime.Make(workspace);
        _clients = [.. Enumerable.Range(0, Clients).Select(_ => agent.Connect())];
        foreach (AgentConnection client in _clients)
        {
            _ = client.Call("subscribe");
        }

        _thread = new Thread(() => Blow(workspace, runtime));
        _thread.Start();
    }

    /// <summary>Told to one client, a second.</summary>
    public double EventsPerSecond => _events * 1000.0 / Clients / Stopclock.MillisecondsSince(_begun);

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        Array.ForEach(_clients, client => client.Dispose());
    }

    private void Blow(Workspace workspace, string runtime)
    {
        while (!_isOver)
        {
            string[] ids = [.. _clients.Select(_ => workspace.NewId("storm"))];
            long[] runs = [.. _clients.Select((client, i) => client.Send("run", new { id = ids[i], bundle = workspace.IdleBundle, runtime }))];
            long[] deletes = [.. _clients.Select((client, i) => client.Send("delete", new { id = ids[i], force = true }))];
            for (int i = 0; i < _clients.Length; i++)
            {
                _ = _clients[i].Result(runs[i]);
                _ = _clients[i].Result(deletes[i]);
                _events += _clients[i].ForgetEvents();
            }
        }
    }
}
