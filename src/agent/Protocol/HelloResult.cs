namespace Shimd.Protocol;

internal sealed record HelloResult
{
    /// <summary>The product's name.</summary>
    public required string Server { get; init; }

    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    public required ProtocolVersion Protocol { get; init; }

    /// <summary>The numbering that <c>seq</c> belongs to.</summary>
    public required string Epoch { get; init; }

    /// <summary>What has been added since 1.0, and what this machine can do.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    public required LimitsInfo Limits { get; init; }

    public required IReadOnlyList<RuntimeInfo> Runtimes { get; init; }

    public required PeerInfo Peer { get; init; }
}

internal sealed record ProtocolVersion
{
    /// <summary>What this source speaks.</summary>
    public static ProtocolVersion Current { get; } = new() { Major = 1, Minor = 0 };

    public required int Major { get; init; }

    public required int Minor { get; init; }
}

/// <summary>An OCI runtime that was found.</summary>
internal sealed record RuntimeInfo
{
    public required string Name { get; init; }

    public required string Path { get; init; }

    public string? Version { get; init; }
}

/// <summary>How the server sees the client.</summary>
internal sealed record PeerInfo
{
    public const string ReadWrite = "read-write";
    public const string ReadOnly = "read-only";

    public required long Uid { get; init; }

    /// <summary><see cref="ReadWrite"/> or <see cref="ReadOnly"/>, by the socket it came through.</summary>
    public required string Access { get; init; }
}

/// <summary>The limits a client can run into, with the values of this build.</summary>
internal sealed record LimitsInfo
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
}
