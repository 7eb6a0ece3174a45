using System.Diagnostics;
using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>A peer could not do what it was asked to; the message goes into the results.</summary>
internal sealed class PeerException(string message) : Exception(message);

/// <summary>All series of a run, and the ways to fill them.</summary>
internal sealed class Board
{
    private readonly List<Series> _series = [];

    public IReadOnlyList<Series> All => _series;

    /// <summary>What is said of the whole run: what could not be installed, what was left out.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>The series of that quantity and contender, made when it is new.</summary>
    public Series Get(string group, string what, string unit, string who, int? n = null, string? against = null)
    {
        Series? found = _series.Find(series => series.Group == group && series.What == what && series.Who == who && series.N == n);
        if (found is null)
        {
            found = new Series { Group = group, What = what, Unit = unit, Who = who, N = n, Against = against };
            _series.Add(found);
        }

        return found;
    }

    /// <summary>Runs the contenders in turn, so that whatever the machine does meanwhile hits all of them alike, and each round in another order, for what one
    /// has left to the kernel, the next one waits for. Each begins with a turn that does not count; who fails is out, with the reason.</summary>
    /// <param name="limit">No further round begins after that time.</param>
    public void Rounds(string group, string what, string unit, int rounds, TimeSpan limit, params IReadOnlyList<Contender> contenders)
        => Rounds(group, what, unit, rounds, limit, new Turn(), contenders);

    /// <summary>The same, with more said about a turn.</summary>
    public void Rounds(string group, string what, string unit, int rounds, TimeSpan limit, Turn turn, IReadOnlyList<Contender> contenders)
    {
        Progress($"{group}: {what}");
        long start = Stopwatch.GetTimestamp();
        for (int round = -1; round < rounds && (round < 3 || Stopwatch.GetElapsedTime(start) < limit); round++)
        {
            foreach (Contender contender in InOrder(contenders, round))
            {
                Series series = Get(group, what, unit, contender.Name, against: contender.Against);
                series.IsPaired = turn.IsPaired;
                Thread.Sleep(turn.Rest);
                if (series.Failure is null && Try(series, contender.Sample) is { } sample && round >= 0)
                {
                    series.Samples.Add(sample);
                }
            }
        }
    }

    /// <summary>The first round as they are listed, which is how they stand in the tables; the others mixed, in each run alike.</summary>
    private static Contender[] InOrder(IReadOnlyList<Contender> contenders, int round)
    {
        Contender[] order = [.. contenders];
        if (round >= 0)
        {
            new Random(round).Shuffle(order);
        }

        return order;
    }

    /// <summary>Does something for a peer; if that fails, the series says why.</summary>
    public static T? Try<T>(Series series, Func<T> action)
        where T : struct
    {
        Interruption.ThrowIfAsked();
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is PeerException or SysException or IOException or TimeoutException)
        {
            series.Failure = exception.Message;
            Progress($"  {series.Who} failed: {exception.Message}");
            return null;
        }
    }

    /// <summary>The same for what returns nothing.</summary>
    public static void Attempt(Series series, Action action)
        => _ = Try(series, () =>
        {
            action();
            return 0;
        });

    /// <summary>A line for who watches.</summary>
    public static void Progress(string text) => Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {text}");
}
