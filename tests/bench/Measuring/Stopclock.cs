using System.Diagnostics;

namespace Shimd.Bench.Measuring;

/// <summary>Time that passed.</summary>
internal static class Stopclock
{
    public static long Now => Stopwatch.GetTimestamp();

    public static double MillisecondsSince(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>What the action took, in milliseconds.</summary>
    public static double Milliseconds(Action action)
    {
        long start = Now;
        action();
        return MillisecondsSince(start);
    }

    /// <summary>Looks every millisecond until it holds.</summary>
    /// <exception cref="TimeoutException">It did not within the limit.</exception>
    public static void Until(Func<bool> holds, string what, int limitMs = 30_000)
    {
        long start = Now;
        while (!holds())
        {
            if (MillisecondsSince(start) > limitMs)
            {
                throw new TimeoutException($"not within {limitMs} ms: {what}");
            }

            Thread.Sleep(1);
        }
    }
}
