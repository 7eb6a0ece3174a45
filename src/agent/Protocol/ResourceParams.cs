using System.Text.Json;

namespace Shimd.Protocol;

internal sealed record UpdateParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>The OCI runtime specification's <c>LinuxResources</c>.</summary>
    public required JsonElement Resources { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.That(Resources.ValueKind == JsonValueKind.Object, "resources", "must be an OCI LinuxResources object");
    }
}

internal sealed record CheckpointParams : IParams
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>Absolute path of the directory for the images.</summary>
    public required string Path { get; init; }

    public bool LeaveRunning { get; init; }

    public bool TcpEstablished { get; init; }

    public bool ShellJob { get; init; }

    public bool ExtUnixSk { get; init; }

    /// <summary>Namespaces to create but not to restore, as runc's <c>--empty-ns</c>: <c>network</c>.</summary>
    public string[]? EmptyNs { get; init; }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.AbsolutePath(Path, "path");
        Check.Strings(EmptyNs, "emptyNs");
    }
}
