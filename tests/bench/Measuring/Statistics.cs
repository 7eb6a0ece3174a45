namespace Shimd.Bench.Measuring;

/// <summary>A ratio of medians, with the interval that holds it in 95 of 100 resamplings.</summary>
internal readonly record struct Ratio(double Value, double Low, double High);

/// <summary>Of samples that are few and skewed: medians and ranks, no means.</summary>
internal static class Statistics
{
    private const int Resamplings = 1000;

    /// <summary>The value below which that share of the samples lies: the nearest rank, no value that was not measured.</summary>
    public static double Quantile(IReadOnlyList<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static double Median(IReadOnlyList<double> samples)
    {
        double[] sorted = [.. samples];
        return MedianInPlace(sorted);
    }

    /// <summary>The median distance from the median.</summary>
    public static double Deviation(IReadOnlyList<double> samples)
    {
        double median = Median(samples);
        return Median([.. samples.Select(sample => Math.Abs(sample - median))]);
    }

    /// <summary>How many times <paramref name="other"/> is of <paramref name="reference"/>: the medians' ratio, with a bootstrap interval.
    /// The same samples give the same interval.</summary>
    public static Ratio Compare(IReadOnlyList<double> other, IReadOnlyList<double> reference)
    {
        var random = new Random(1);
        var ratios = new double[Resamplings];
        for (int i = 0; i < Resamplings; i++)
        {
            ratios[i] = Resample(other, random) / Resample(reference, random);
        }

        Array.Sort(ratios);
        return new Ratio(
            Median(other) / Median(reference),
            ratios[(int)(Resamplings * 0.025)],
            ratios[(int)(Resamplings * 0.975)]);
    }

    /// <summary>The same, where samples were taken in pairs: the median of the pairs' ratios.</summary>
    public static Ratio ComparePaired(IReadOnlyList<double> other, IReadOnlyList<double> reference)
    {
        double[] ratios = [.. other.Zip(reference, (first, second) => first / second)];
        var random = new Random(1);
        double[] medians = [.. Enumerable.Range(0, Resamplings).Select(_ => Resample(ratios, random)).Order()];
        return new Ratio(Median(ratios), medians[(int)(Resamplings * 0.025)], medians[(int)(Resamplings * 0.975)]);
    }

    private static double Resample(IReadOnlyList<double> samples, Random random)
    {
        var drawn = new double[samples.Count];
        for (int i = 0; i < drawn.Length; i++)
        {
#pragma warning disable CA5394 // Nothing here is secret, and the same samples are to give the same interval.
            drawn[i] = samples[random.Next(samples.Count)];
#pragma warning restore CA5394
        }

        return MedianInPlace(drawn);
    }

    private static double MedianInPlace(double[] samples)
    {
        Array.Sort(samples);
        int middle = samples.Length / 2;
        return samples.Length % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    }
}
