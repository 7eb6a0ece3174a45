using Shimd.Bench.Measuring;

namespace Shimd.Bench.Peers;

/// <summary>The OCI runtime alone, as a person calls it.</summary>
internal sealed class BareRuntime(Workspace workspace, string name)
{
    public string Name { get; } = name;

    public string Root { get; } = Path.Combine(workspace.RunDirectory, $"bare-{name}");

    public string[] Words(params ReadOnlySpan<string> words) => [Name, "--root", Root, .. words];

    /// <summary>create, start, end and delete of a container, in milliseconds.</summary>
    public double RunTrue()
    {
        string id = workspace.NewId();
        return Stopclock.Milliseconds(() => Command.Run(workspace, Words("run", "--bundle", workspace.TrueBundle, id)));
    }
}
