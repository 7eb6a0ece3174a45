namespace Shimd.Protocol;

internal sealed record HelloResult : IWireObject<HelloResult>
{
    /// <summary>The product's name.</summary>
    public required string Server { get; init; }

    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    public required ProtocolVersion Protocol { get; init; }

    /// <summary>The numbering that <c>seq</c> belongs to.</summary>
    public required string Epoch { get; init; }

    /// <summary>The methods that it answers, and whatever has been added since 1.0 that is no method.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    public required LimitsInfo Limits { get; init; }

    public required IReadOnlyList<RuntimeInfo> Runtimes { get; init; }

    public required PeerInfo Peer { get; init; }

    public static HelloResult Read(WireReader from) => new()
    {
        Server = from.Text("server"),
        Version = from.Text("version"),
        Protocol = from.Object<ProtocolVersion>("protocol"),
        Epoch = from.Text("epoch"),
        Features = from.Texts("features"),
        Limits = from.Object<LimitsInfo>("limits"),
        Runtimes = from.Objects<RuntimeInfo>("runtimes"),
        Peer = from.Object<PeerInfo>("peer"),
    };

    public void Write(WireWriter to)
    {
        to.Text("server", Server);
        to.Text("version", Version);
        to.Object("protocol", Protocol);
        to.Text("epoch", Epoch);
        to.Texts("features", Features);
        to.Object("limits", Limits);
        to.Objects("runtimes", Runtimes);
        to.Object("peer", Peer);
    }
}

internal sealed record ProtocolVersion : IWireObject<ProtocolVersion>
{
    /// <summary>What this source speaks.</summary>
    public static ProtocolVersion Current { get; } = new() { Major = 1, Minor = 0 };

    public required int Major { get; init; }

    public required int Minor { get; init; }

    public static ProtocolVersion Read(WireReader from) => new()
    {
        Major = from.Int("major"),
        Minor = from.Int("minor"),
    };

    public void Write(WireWriter to)
    {
        to.Number("major", Major);
        to.Number("minor", Minor);
    }
}

/// <summary>An OCI runtime that was found.</summary>
internal sealed record RuntimeInfo : IWireObject<RuntimeInfo>
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public string? Version { get; init; }

    public static RuntimeInfo Read(WireReader from) => new()
    {
        Name = from.Text("name"),
        Path = from.Text("path"),
        Version = from.TextOrNone("version"),
    };

    public void Write(WireWriter to)
    {
        to.Text("name", Name);
        to.Text("path", Path);
        to.TextIfAny("version", Version);
    }
}

/// <summary>How the server sees the client.</summary>
internal sealed record PeerInfo : IWireObject<PeerInfo>
{
    public const string ReadWrite = "read-write";
    public const string ReadOnly = "read-only";

    public required long Uid { get; init; }

    /// <summary><see cref="ReadWrite"/> or <see cref="ReadOnly"/>, by the socket it came through.</summary>
    public required string Access { get; init; }

    public static PeerInfo Read(WireReader from) => new()
    {
        Uid = from.Long("uid"),
        Access = from.Text("access"),
    };

    public void Write(WireWriter to)
    {
        to.Number("uid", Uid);
        to.Text("access", Access);
    }
}

/// <summary>The limits a client can run into, with the values of this build.</summary>
internal sealed record LimitsInfo : IWireObject<LimitsInfo>
{
    public static LimitsInfo Current { get; } = new();

    public int RequestBytes { get; init; } = Limits.MaxInputLineBytes;

    public int ReplyBytes { get; init; } = Limits.MaxOutputLineBytes;

    public int Depth { get; init; } = Limits.MaxDepth;

    public int Fds { get; init; } = Limits.MaxDescriptors;

    public int TimeoutMs { get; init; } = Limits.MaxTimeoutMs;

    public int ListLimit { get; init; } = Limits.MaxListLimit;

    public int CaptureBytes { get; init; } = Limits.MaxCaptureBytes;

    public int Pipelined { get; init; } = Limits.MaxPipelined;

    public int Connections { get; init; } = Limits.MaxConnections;

    public int Subscriptions { get; init; } = Limits.MaxSubscriptions;

    public int LongCalls { get; init; } = Limits.MaxLongCalls;

    public int PartialLineMs { get; init; } = Limits.PartialLineTimeoutMs;

    public static LimitsInfo Read(WireReader from) => new()
    {
        RequestBytes = from.Int("requestBytes"),
        ReplyBytes = from.Int("replyBytes"),
        Depth = from.Int("depth"),
        Fds = from.Int("fds"),
        TimeoutMs = from.Int("timeoutMs"),
        ListLimit = from.Int("listLimit"),
        CaptureBytes = from.Int("captureBytes"),
        Pipelined = from.Int("pipelined"),
        Connections = from.Int("connections"),
        Subscriptions = from.Int("subscriptions"),
        LongCalls = from.Int("longCalls"),
        PartialLineMs = from.Int("partialLineMs"),
    };

    public void Write(WireWriter to)
    {
        to.Number("requestBytes", RequestBytes);
        to.Number("replyBytes", ReplyBytes);
        to.Number("depth", Depth);
        to.Number("fds", Fds);
        to.Number("timeoutMs", TimeoutMs);
        to.Number("listLimit", ListLimit);
        to.Number("captureBytes", CaptureBytes);
        to.Number("pipelined", Pipelined);
        to.Number("connections", Connections);
        to.Number("subscriptions", Subscriptions);
        to.Number("longCalls", LongCalls);
        to.Number("partialLineMs", PartialLineMs);
    }
}
