using System.Globalization;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>Values as people read them.</summary>
internal static class HumanText
{
    /// <summary>What stands for nothing.</summary>
    public const string None = "-";

    private const string Units = "BKMGTP";

    /// <summary>How long ago: <c>12s</c>, <c>5m</c>, <c>3h</c>, <c>4d</c>. A clock that was set back does not make it negative.</summary>
    public static string Age(DateTimeOffset since, DateTimeOffset now) => Math.Max(0, (now - since).TotalSeconds) switch
    {
        < 120 and double seconds => $"{(int)seconds}s",
        < 120 * 60 and double seconds => $"{(int)(seconds / 60)}m",
        < 48 * 3600 and double seconds => $"{(int)(seconds / 3600)}h",
        double seconds => $"{(int)(seconds / 86400)}d",
    };

    /// <summary>The code, and the signal or whatever else explains it.</summary>
    public static string Exit(ExitInfo? exit) => exit switch
    {
        null => None,
        { Code: null } => ExitSources.Lost,
        { OomKilled: true } => $"{exit.Code} OOM",
        { Signal: { } signal } => $"{exit.Code} {signal}",
        _ => Number(exit.Code),
    };

    public static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? None;

    /// <summary>In powers of 1024: <c>512B</c>, <c>4.0K</c>, <c>1.5G</c>.</summary>
    public static string Bytes(long? bytes)
    {
        if (bytes is not { } value)
        {
            return None;
        }

        double scaled = value;
        int unit = 0;
        while (scaled >= 1024 && unit < Units.Length - 1)
        {
            scaled /= 1024;
            unit++;
        }

        return unit == 0 ? $"{value}B" : string.Create(CultureInfo.InvariantCulture, $"{scaled:0.0}{Units[unit]}");
    }

    /// <summary>How long something took: <c>850us</c>, <c>12.3ms</c>, <c>4.21s</c>.</summary>
    public static string Duration(long usec) => usec switch
    {
        < 1_000 => $"{usec}us",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{usec / 1e3:0.0}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{usec / 1e6:0.00}s"),
    };

    public static string Time(DateTimeOffset? time, DateTimeOffset now)
        => time is { } known ? $"{Rfc3339.Format(known)} ({Age(known, now)} ago)" : None;
}
