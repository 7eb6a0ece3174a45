using Microsoft.Extensions.Logging;
using Shimd.Native;

namespace Shimd.Logging;

/// <summary>
/// The agent's log, all of it on stderr. Put together by hand: LoggerFactory.Create brings dependency injection,
/// configuration and the reflection they live on, 380 KB for two settings.
/// </summary>
internal static class AgentLog
{
    private const int StandardError = 2;

    /// <summary>Text for people, or a JSON object a line for programs. The caller owns the factory, and sees to what is unsent.</summary>
    public static ILoggerFactory Create(LogLevel level, bool json, out StandardErrorLog log)
    {
        log = new StandardErrorLog(json ? new JsonLogFormatter() : new TextLogFormatter(), new Fd(StandardError, owned: false));
        LoggerFactory factory = new([], new LoggerFilterOptions { MinLevel = level });

        // Not through the constructor: what comes that way is not disposed of with the factory, and the last lines would be lost.
        factory.AddProvider(log);
        return factory;
    }
}
