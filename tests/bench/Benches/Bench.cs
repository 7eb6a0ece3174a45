using Shimd.Bench.Measuring;
using Shimd.Bench.Peers;

namespace Shimd.Bench.Benches;

/// <summary>What all benches have: where to work, where to write, how much to do, and the peers, each started when it is first
/// asked for.</summary>
internal sealed class Bench(Workspace workspace, Board board, Effort effort) : IDisposable
{
    public static readonly string[] Runtimes = ["crun", "runc"];

    private readonly Dictionary<string, Conmon> _conmons = [];
    private Containerd? _containerd;
    private Podman? _podman;

    public Workspace Workspace { get; } = workspace;

    public Board Board { get; } = board;

    public Effort Effort { get; } = effort;

    public Containerd Containerd => _containerd ??= new Containerd(Workspace);

    public Podman Podman => _podman ??= new Podman(Workspace);

    public Conmon Conmon(string runtime)
    {
        if (!_conmons.TryGetValue(runtime, out Conmon? conmon))
        {
            _conmons.Add(runtime, conmon = new Conmon(Workspace, runtime));
        }

        return conmon;
    }

    public void Dispose() => _containerd?.Dispose();
}
