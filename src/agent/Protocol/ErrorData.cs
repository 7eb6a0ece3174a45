namespace Shimd.Protocol;

/// <summary>The <c>data</c> of an error. <see cref="Name"/> is always there; everything else only where it says something.</summary>
internal sealed record ErrorData
{
    /// <summary>The frozen name of the code, such as <c>NOT_FOUND</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The container's or process's status at the moment of refusal.</summary>
    public string? Status { get; init; }

    /// <summary>What was being attempted: the ACTION of a BAD_STATE message.</summary>
    public string? Action { get; init; }

    /// <summary>A member path inside params (<c>stdio.stdout.fifo</c>), or a path inside a bundle.</summary>
    public string? Path { get; init; }

    /// <summary>The errno's name, such as <c>ENOENT</c>; never a number, numbers differ between architectures.</summary>
    public string? Errno { get; init; }

    /// <summary>The instance that really holds the id.</summary>
    public string? Instance { get; init; }

    public string? Reason { get; init; }

    public RuntimeFailure? Runtime { get; init; }

    /// <summary>HISTORY_GONE: the oldest event still kept.</summary>
    public long? Oldest { get; init; }

    /// <summary>HISTORY_GONE: the newest event.</summary>
    public long? Newest { get; init; }

    /// <summary>HISTORY_GONE: the epoch the numbers belong to.</summary>
    public string? Epoch { get; init; }
}

/// <summary>What an OCI runtime said when it failed; passed on, never interpreted.</summary>
internal sealed record RuntimeFailure
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>The runtime's exit status; absent when it never ran or was killed for taking too long.</summary>
    public int? Exit { get; init; }

    /// <summary>The runtime's own words.</summary>
    public required string Message { get; init; }
}
