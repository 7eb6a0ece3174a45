namespace Shimd.Bench.Measuring;

/// <summary>The samples of one quantity for one contender.</summary>
internal sealed class Series
{
    /// <summary>The bench it belongs to, as named on the command line.</summary>
    public required string Group { get; init; }

    /// <summary>What was measured, in words.</summary>
    public required string What { get; init; }

    /// <summary>Of the samples: ms, µs, KB, MB/s, …</summary>
    public required string Unit { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Who { get; init; }

    /// <summary>How many containers there were, where that is the question.</summary>
    public int? N { get; init; }

    /// <summary>Whose series of the same quantity this one is compared with; null for none.</summary>
    public string? Against { get; set; }

    /// <summary>Sample by sample measured side by side with those that it is compared with: what the machine does meanwhile hits both.</summary>
    public bool IsPaired { get; set; }

    public List<double> Samples { get; } = [];

    /// <summary>Why there are no (more) samples.</summary>
    public string? Failure { get; set; }

    /// <summary>True where more is better.</summary>
    public bool IsRate => Unit.EndsWith("/s", StringComparison.Ordinal);
}
