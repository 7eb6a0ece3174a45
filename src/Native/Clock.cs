namespace Shimd.Native;

/// <summary>clock_gettime(2): the time of day, finer than .NET's 100 nanoseconds.</summary>
internal static unsafe class Clock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>clock_gettime(2) CLOCK_REALTIME, in nanoseconds since 1970.</summary>
    public static long Now()
    {
        Libc.TimeSpec now;
        _ = Libc.clock_gettime(Libc.CLOCK_REALTIME, &now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    /// <summary>nanosleep(2): the thread sleeps so long, and up to 50 microseconds longer (the timer slack, prctl(2)). A signal ends it
    /// sooner.</summary>
    /// <param name="nanoseconds">Less than a second.</param>
    public static void Pause(long nanoseconds)
    {
        var pause = new Libc.TimeSpec { Nanoseconds = nanoseconds };
        _ = Libc.nanosleep(&pause, null);
    }
}
