using System.Text.Json;

namespace Shimd.Protocol;

internal sealed record UpdateParams : IParams<UpdateParams>
{
    public required string Id { get; init; }

    public string? Instance { get; init; }

    /// <summary>The OCI runtime specification's <c>LinuxResources</c>.</summary>
    public required JsonElement Resources { get; init; }

    public static UpdateParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Resources = from.Json("resources"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.Json("resources", Resources);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.That(Resources.ValueKind == JsonValueKind.Object, "resources", "must be an OCI LinuxResources object");
    }
}

internal sealed record CheckpointParams : IParams<CheckpointParams>
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

    public static CheckpointParams Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.TextOrNone("instance"),
        Path = from.Text("path"),
        LeaveRunning = from.FlagOrFalse("leaveRunning"),
        TcpEstablished = from.FlagOrFalse("tcpEstablished"),
        ShellJob = from.FlagOrFalse("shellJob"),
        ExtUnixSk = from.FlagOrFalse("extUnixSk"),
        EmptyNs = from.TextsOrNone("emptyNs"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.TextIfAny("instance", Instance);
        to.Text("path", Path);
        to.Flag("leaveRunning", LeaveRunning);
        to.Flag("tcpEstablished", TcpEstablished);
        to.Flag("shellJob", ShellJob);
        to.Flag("extUnixSk", ExtUnixSk);
        to.TextsIfAny("emptyNs", EmptyNs);
    }

    public void Validate()
    {
        Check.Container(Id, Instance);
        Check.AbsolutePath(Path, "path");
        Check.Strings(EmptyNs, "emptyNs");
    }
}
