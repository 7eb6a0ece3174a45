using Microsoft.Extensions.Logging;

namespace Shimd.Server;

/// <summary>What <c>shimd serve</c> was told.</summary>
internal sealed record AgentOptions
{
    /// <summary>The state root.</summary>
    public required string Root { get; init; }

    /// <summary>The socket to serve on; null: in the root.</summary>
    public string? Socket { get; init; }

    /// <summary>A second socket for what changes nothing.</summary>
    public string? ReadOnlySocket { get; init; }

    /// <summary>The numeric group that may use the socket as well.</summary>
    public uint? Group { get; init; }

    /// <summary>The default runtime's name or path; null: the first that is found.</summary>
    public string? Runtime { get; init; }

    /// <summary>Another executable to start as <c>shim</c>; null: this one.</summary>
    public string? Shim { get; init; }

    /// <summary>The inherited descriptor on which to tell that requests are answered; null: none.</summary>
    public int? ReadyFd { get; init; }

    public int RuntimeTimeoutMs { get; init; } = 60_000;

    /// <summary>A process whose shim has died runs on; else it is killed.</summary>
    public bool LeaveOnShimLoss { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public bool JsonLog { get; init; }
}
