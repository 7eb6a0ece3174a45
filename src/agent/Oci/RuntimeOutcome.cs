namespace Shimd.Oci;

/// <summary>What came of one call of the runtime; also what a shim tells the agent of a failed start.</summary>
internal sealed record RuntimeOutcome
{
    /// <summary>The runtime's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its arguments, without its path.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its exit code, 128 + signal when signalled; null when it could not be started.</summary>
    public int? Exit { get; init; }

    /// <summary>The deadline that it was killed at, in milliseconds.</summary>
    public int? TimedOutAfterMs { get; init; }

    /// <summary>errno's name when the runtime could not be started.</summary>
    public string? Errno { get; init; }

    /// <summary>The runtime's own words, from its log or else its stderr.</summary>
    public string Message { get; init; } = "";

    /// <summary>What it wrote to stdout.</summary>
    public string Output { get; init; } = "";

    public bool Succeeded => Exit == 0 && TimedOutAfterMs is null;
}
