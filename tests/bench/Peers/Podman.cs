using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>podman with storage, state and configuration of its own.</summary>
internal sealed class Podman
{
    private readonly Workspace _workspace;

    public Podman(Workspace workspace)
    {
        _workspace = workspace;
        _ = Command.Require("podman");
        string configuration = Path.Combine(workspace.Root, "containers.conf");

        // By default it raises the limits of its containers, which not every root may.
        File.WriteAllText(configuration, """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            """);
        Command.Environment.Add($"CONTAINERS_CONF={configuration}");
    }

    public string[] Words(string runtime, params ReadOnlySpan<string> words) =>
    [
        "podman", "--root", $"{_workspace.Disk}/podman", "--runroot", $"{_workspace.RunDirectory}/podman", "--tmpdir", $"{_workspace.RunDirectory}/podman-tmp",
        "--runtime", runtime, "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--log-level", "error", .. words,
    ];

    public string[] Create(string runtime, string verb, string id, params ReadOnlySpan<string> program)
        => Words(runtime, [verb, "--name", id, "--cgroup-parent", $"/{_workspace.Prefix}podman", "--network", "none", "--log-driver", "k8s-file", .. program]);

    public double RunTrue(string runtime)
    {
        string id = _workspace.NewId();
        return Stopclock.Milliseconds(() => Command.Run(_workspace, Create(runtime, "run", id, "--rm", "--rootfs", _workspace.RootFileSystem, "/bin/true")));
    }
}
