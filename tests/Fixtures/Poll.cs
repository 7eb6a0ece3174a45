using System.Diagnostics;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// Looks again and again, up to a deadline: for what the kernel announces to nobody but a process's parent, such as the end of
/// somebody else's child, and for lines of a log. Everything else is waited for by its event.
/// </summary>
internal static class Poll
{
    private const int IntervalMs = 2;

    /// <summary>Fails with <paramref name="what"/> when <paramref name="holds"/> does not come true in time.</summary>
    public static void Until(Func<bool> holds, string what, int timeoutMs = Ready.DeadlineMs)
        => Until(holds, () => what, timeoutMs);

    /// <summary>As above, with a text that is made when it is needed.</summary>
    public static void Until(Func<bool> holds, Func<string> what, int timeoutMs = Ready.DeadlineMs)
    {
        if (!Holds(holds, timeoutMs))
        {
            Assert.Fail($"not within {timeoutMs} ms: {what()}");
        }
    }

    /// <summary>Whether it comes true in time.</summary>
    public static bool Holds(Func<bool> holds, int withinMs)
    {
        using var nothing = new Epoll();
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > withinMs)
            {
                return false;
            }

            nothing.Wait(IntervalMs).OrThrow("epoll_wait");
        }

        return true;
    }
}
