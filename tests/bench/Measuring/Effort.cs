namespace Shimd.Bench.Measuring;

/// <summary>How much is done: quickly, to see that it works, or as long as figures need.</summary>
internal sealed record Effort(bool IsQuick, int? LargestCrowd)
{
    /// <summary>One of two numbers.</summary>
    public int Of(int quick, int full) => IsQuick ? quick : full;

    /// <summary>The longest that one table may take, warm-up aside.</summary>
    public TimeSpan Limit => TimeSpan.FromSeconds(Of(12, 60));

    /// <summary>How many containers there are, in turn, where a real runtime makes them.</summary>
    public int[] Crowds => IsQuick ? [1, 10] : [1, 10, 100];

    /// <summary>The same, where the fake runtime does.</summary>
    public int[] FakeCrowds => [.. (int[])(IsQuick ? [10, 100] : [10, 100, 1000]), .. LargestCrowd is { } largest ? (int[])[largest] : []];
}
