using System.Globalization;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>Values as people read them.</summary>
internal static class HumanText
{
    /// <summary>What stands for nothing.</summary>
    public const string None = "-";

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

    public static string Time(DateTimeOffset? time, DateTimeOffset now)
        => time is { } known ? $"{Rfc3339.Format(known)} ({Age(known, now)} ago)" : None;
}
