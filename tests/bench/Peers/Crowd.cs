using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>Many idle containers of the fake runtime.</summary>
internal static class Crowd
{
    private const int AtOnce = 8;

    public static void Grow(ShimdPeer agent, Workspace workspace, int from, int to)
    {
        string runtime = FakeRuntime.Make(workspace);
        AgentConnection[] clients = [.. Enumerable.Range(0, AtOnce).Select(_ => agent.Connect())];
        while (from < to)
        {
            int count = Math.Min(AtOnce, to - from);
            long[] requests = new long[count];
            for (int i = 0; i < count; i++)
            {
                requests[i] = clients[i].Send("run", new { id = workspace.NewId("crowd"), bundle = workspace.IdleBundle, runtime });
            }

            for (int i = 0; i < count; i++)
            {
                _ = clients[i].Result(requests[i]);
            }

            from += count;
        }

        Array.ForEach(clients, client => client.Dispose());
    }
}
