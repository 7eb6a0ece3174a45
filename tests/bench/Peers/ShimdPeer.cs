using System.Text.Json;
using Shimd.Bench.Measuring;
using Shimd.Native;

namespace Shimd.Bench.Peers;

/// <summary>An agent of our own, on a root in the tmpfs unless told otherwise.</summary>
internal sealed class ShimdPeer : IDisposable
{
    private readonly Workspace _workspace;
    private readonly string[] _options;
    private Command _process;

    public ShimdPeer(Workspace workspace, string name, string? directory = null, params string[] options)
    {
        _workspace = workspace;
        _options = options;
        Root = Path.Combine(directory ?? workspace.RunDirectory, name);
        Socket = Path.Combine(Root, "shimd.sock");
        _process = Spawn();
        Client = WaitForService();
    }

    public string Root { get; }

    public string Socket { get; }

    public int Pid => _process.Pid;

    /// <summary>A connection; another one after a restart.</summary>
    public AgentConnection Client { get; private set; }

    public AgentConnection Connect() => AgentConnection.TryConnect(Socket).OrThrow("connect");

    /// <summary><c>shimd VERB …</c> against this agent, whose root it knows, as it knows the default.</summary>
    public string[] Words(string verb, params ReadOnlySpan<string> more) => [_workspace.Binary, verb, "--root", Root, .. more];

    public JsonElement Run(string bundle, string runtime, string id, object? stdio = null)
        => Client.Call("run", stdio is null ? new { id, bundle, runtime } : new { id, bundle, runtime, stdio });

    public int ShimOf(string id)
    {
        using var running = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "containers", id, "processes/init/running.json")));
        return running.RootElement.GetProperty("shimPid").GetInt32();
    }

    /// <summary>SIGKILL, and another one on the same root: the milliseconds from its start to the first list that it answers.</summary>
    public double Restart()
    {
        Client.Dispose();
        _process.Dispose();
        Command.ReapOrphans();
        long start = Stopclock.Now;
        _process = Spawn();
        Client = WaitForService();
        _ = Client.Call("list", new { limit = 1 });
        return Stopclock.MillisecondsSince(start);
    }

    public void DeleteAll()
    {
        while (true)
        {
            JsonElement[] containers = [.. Client.Call("list", new { limit = 100 }).GetProperty("containers").EnumerateArray()];
            if (containers.Length == 0)
            {
                return;
            }

            foreach (JsonElement container in containers)
            {
                _ = Client.Call("delete", new { id = container.GetProperty("id").GetString(), force = true });
            }
        }
    }

    public void Dispose()
    {
        try
        {
            DeleteAll();
        }
        catch (Exception exception) when (exception is PeerException or SysException)
        {
            Board.Progress($"an agent does not let itself be cleaned: {exception.Message}");
        }

        Client.Dispose();
        _process.Stop(5_000);
        Command.KillOrphans();
    }

    private Command Spawn() => Command.Start([_workspace.Binary, "serve", "--root", Root, "--log-level", "warn", .. _options], Path.Combine(_workspace.Root, "agent.log"));

    private AgentConnection WaitForService()
    {
        long start = Stopclock.Now;
        while (true)
        {
            SysResult<AgentConnection> connected = AgentConnection.TryConnect(Socket);
            if (connected.IsOk)
            {
                return connected.Value!;
            }

            if (Stopclock.MillisecondsSince(start) > 60_000)
            {
                throw new PeerException("the agent does not serve: " + File.ReadAllText(Path.Combine(_workspace.Root, "agent.log")));
            }

            Thread.SpinWait(2000);
            Thread.Yield();
        }
    }
}
