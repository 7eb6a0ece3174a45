using System.Globalization;
using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>A containerd of our own, with its task service and nothing that this work does not need; spoken to by ctr.</summary>
internal sealed class Containerd : IDisposable
{
    private readonly Workspace _workspace;
    private readonly string _configuration;
    private readonly string _socket;
    private Command _process;

    public Containerd(Workspace workspace)
    {
        _workspace = workspace;
        _ = Command.Require("ctr");
        _ = Command.Require("containerd-shim-runc-v2");
        _socket = Path.Combine(workspace.RunDirectory, "containerd.sock");
        _configuration = Path.Combine(workspace.Root, "containerd.toml");
        string plugins = string.Join(", ", ((string[])["grpc.v1.cri", "snapshotter.v1.btrfs", "snapshotter.v1.zfs", "snapshotter.v1.devmapper", "snapshotter.v1.aufs"])
            .Select(plugin => $"\"io.containerd.{plugin}\""));
        File.WriteAllText(_configuration, $"""
            version = 2
            root = "{workspace.Disk}/containerd"
            state = "{workspace.RunDirectory}/containerd"
            disabled_plugins = [{plugins}]
            [grpc]
              address = "{_socket}"
            [ttrpc]
              address = "{_socket}.ttrpc"
            """);
        _process = Spawn();
        WaitForService();
    }

    public int Pid => _process.Pid;

    public string[] Words(params ReadOnlySpan<string> words) => ["ctr", "-a", _socket, .. words];

    public double RunTrue(string runtime)
    {
        string id = _workspace.NewId();
        return Stopclock.Milliseconds(() => Command.Run(
            _workspace, Words("run", "--rm", "--runc-binary", runtime, "--config", Config(_workspace.TrueBundle), id)));
    }

    public void RunDetached(string id, string bundle, string runtime)
        => Command.Run(_workspace, Words("run", "-d", "--null-io", "--runc-binary", runtime, "--config", Config(bundle), id));

    public static string Config(string bundle) => Path.Combine(bundle, "config.json");

    public int PidOf(string id)
    {
        foreach (string line in Command.Read(_workspace, Words("task", "ls")).Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 2 && fields[0] == id)
            {
                return int.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        throw new PeerException($"containerd has no task {id}");
    }

    public static int ShimOf(string id)
        => ProcFs.Pids.FirstOrDefault(pid => ProcFs.CommandLine(pid) is var line
            && line.Contains("containerd-shim-runc-v2", StringComparison.Ordinal) && line.Contains($" -id {id} ", StringComparison.Ordinal)) is var found and not 0
            ? found
            : throw new PeerException($"{id} has no shim");

    /// <summary>SIGKILL, and another one on the same state: the milliseconds from its start to the first list that it answers.</summary>
    public double Restart()
    {
        _process.Dispose();
        Command.ReapOrphans();
        long start = Stopclock.Now;
        _process = Spawn();
        WaitForService();
        return Stopclock.MillisecondsSince(start);
    }

    public void Remove(string id)
    {
        Command.Run(_workspace, Words("task", "rm", "-f", id));
        Command.Run(_workspace, Words("container", "rm", id));
    }

    public void Dispose()
    {
        try
        {
            foreach (string id in Command.Read(_workspace, Words("container", "ls", "-q")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Remove(id);
            }
        }
        catch (PeerException exception)
        {
            Board.Progress($"containerd does not let itself be cleaned: {exception.Message}");
        }

        _process.Stop(5_000);
        Command.KillOrphans();
    }

    private Command Spawn() => Command.Start(["containerd", "-c", _configuration, "-l", "error"], Path.Combine(_workspace.Root, "containerd.log"));

    /// <summary>Until ctr has its answer; ctr's own start is in it, as it is with everything else here.</summary>
    private void WaitForService()
        => Stopclock.Until(
            () =>
            {
                try
                {
                    Command.Run(_workspace, Words("task", "ls"));
                    return true;
                }
                catch (PeerException)
                {
                    return false;
                }
            },
            "containerd serves");
}
