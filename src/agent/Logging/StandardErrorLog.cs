using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Shimd.Native;

namespace Shimd.Logging;

/// <summary>
/// Writes what a formatter of the console logger makes to stderr, at once, in the thread that has something to say. The console logger's own provider has a queue and
/// a thread, which is woken for each line; and it waits for a reader that has stopped when the queue is full. This one never waits: lines that stderr does not take are kept, as far as
/// there is room, and then counted.
/// </summary>
internal sealed class StandardErrorLog(ConsoleFormatter formatter, Fd stderr) : ILoggerProvider
{
    /// <summary>PIPE_BUF, pipe(7): a pipe that can be written to has that much room.</summary>
    private const int PieceBytes = 4096;

    private const int MaxUnsentBytes = 256 * 1024;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    private readonly StringWriter _line = new(CultureInfo.InvariantCulture);
    private byte[] _unsent = [];
    private long _dropped;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Gives a slow reader a last chance.</summary>
    public void Dispose()
    {
        Send(s_farewell);
        _line.Dispose();
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        Send(TimeSpan.Zero);
        if (_unsent.Length >= MaxUnsentBytes)
        {
            _dropped++;
            return;
        }

        if (_dropped > 0)
        {
            string missing = string.Create(CultureInfo.InvariantCulture, $"{_dropped} lines are missing here: nobody read the log");
            _dropped = 0;
            formatter.Write(new LogEntry<string>(LogLevel.Warning, entry.Category, default, missing, null, static (text, _) => text), null, _line);
        }

        formatter.Write(entry, null, _line);
        byte[] bytes = Encoding.UTF8.GetBytes(_line.ToString());
        _unsent = _unsent.Length == 0 ? bytes : [.. _unsent, .. bytes];
        _line.GetStringBuilder().Clear();
        Send(TimeSpan.Zero);
    }

    /// <summary>An error that is not going to pass (a full disk, a reader that has gone) costs what was to be written.</summary>
    private void Send(TimeSpan patience)
    {
        while (_unsent.Length > 0 && stderr.IsWritable(patience))
        {
            SysResult sent = stderr.Write(_unsent.AsSpan(0, Math.Min(_unsent.Length, PieceBytes)));
            if (sent.WouldBlock)
            {
                return;
            }

            _unsent = sent.IsOk ? _unsent[(int)sent.Value..] : [];
        }
    }

    private sealed class Logger(StandardErrorLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => log.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
    }
}
