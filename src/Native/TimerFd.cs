namespace Shimd.Native;

/// <summary>timerfd_create(2) on CLOCK_MONOTONIC: becomes readable when the time has come. Owns its descriptor.</summary>
internal sealed unsafe class TimerFd : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public Fd Fd { get; } =
        Fd.From(Libc.timerfd_create(Libc.CLOCK_MONOTONIC, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK)).OrThrow("timerfd_create");

    /// <summary>clock_gettime(2) CLOCK_MONOTONIC, in nanoseconds.</summary>
    public static long Now()
    {
        Libc.TimeSpec now;
        _ = Libc.clock_gettime(Libc.CLOCK_MONOTONIC, &now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    /// <summary>timerfd_settime(2), absolute: fires once at <paramref name="atNanoseconds"/> of the monotonic clock; null disarms.</summary>
    public void Arm(long? atNanoseconds)
    {
        // An all-zero time disarms; a time in the past fires at once.
        long at = atNanoseconds is { } value ? Math.Max(value, 1) : 0;
        Libc.TimerSpec spec = default;
        spec.Value.Seconds = at / NanosecondsPerSecond;
        spec.Value.Nanoseconds = at % NanosecondsPerSecond;
        SysResult.From(Libc.timerfd_settime(Fd, Libc.TFD_TIMER_ABSTIME, &spec, null)).OrThrow("timerfd_settime");
    }

    /// <summary>Takes the expiry, so that the descriptor is no longer readable.</summary>
    public void Acknowledge()
    {
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        _ = Fd.Read(expirations);
    }

    public void Dispose() => Fd.Dispose();
}
