using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Shimd.Logging;

/// <summary>
/// The agent's log: the console logger, all of it on stderr. Put together by hand: LoggerFactory.Create brings dependency injection,
/// configuration and the reflection they live on, 380 KB for two settings.
/// </summary>
internal static class AgentLog
{
    /// <summary>Text for people, or a JSON object a line for programs. The caller owns the factory; disposing of it writes what is queued.</summary>
    public static ILoggerFactory Create(LogLevel level, bool json)
    {
        ConsoleFormatter formatter = json ? new JsonLogFormatter() : new TextLogFormatter();
        Settings settings = new(new ConsoleLoggerOptions { LogToStandardErrorThreshold = LogLevel.Trace, FormatterName = formatter.Name });
        LoggerFactory factory = new([], new LoggerFilterOptions { MinLevel = level });

        // Not through the constructor: what comes that way is not disposed of with the factory, and the last lines would be lost.
        factory.AddProvider(new ConsoleLoggerProvider(settings, [formatter]));
        return factory;
    }

    /// <summary>Settings that do not change.</summary>
    private sealed class Settings(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
