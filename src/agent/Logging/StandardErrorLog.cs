using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Shimd.Native;

namespace Shimd.Logging;

/// <summary>
/// Writes what a formatter of the console logger makes to stderr, at once, in the thread that has something to say. The console logger's own provider has a queue and
/// a thread, which is woken for each line; and it waits for a reader that has stopped when the queue is full. This one does not wait for a pipe or a terminal: lines that stderr does not
/// take are kept, as far as there is room, and then counted. A file on a file system that hangs holds up whoever writes to it.
/// </summary>
internal sealed class StandardErrorLog(ConsoleFormatter formatter, Fd stderr) : ILoggerProvider
{
    /// <summary>PIPE_BUF, pipe(7): a pipe that can be written to has that much room.</summary>
    private const int PieceBytes = 4096;

    private const int MaxUnsentBytes = 256 * 1024;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    /// <summary>Ours alone, and non-blocking, where that can be had: between a poll(2) and the write somebody else may have used up the room.</summary>
    private readonly Fd? _own = NativeFile.Status(stderr) is { IsFifo: true } or { IsCharacterDevice: true } ? NativeFile.Reopen(stderr).Value : null;
    private readonly StringWriter _line = new(CultureInfo.InvariantCulture);
    private byte[] _unsent = [];
    private long _dropped;

    /// <summary>Called when something is unsent that was not before: <see cref="TrySend"/> is to be called from time to time, until it says that nothing is.</summary>
    public Action? OnUnsent { get; set; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Sends what stderr takes.</summary>
    /// <returns>True when nothing is left.</returns>
    public bool TrySend()
    {
        Send(TimeSpan.Zero);
        return _unsent.Length == 0;
    }

    /// <summary>Gives a slow reader a last chance.</summary>
    public void Dispose()
    {
        Send(s_farewell);
        _line.Dispose();
        _own?.Dispose();
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        if (_unsent.Length >= MaxUnsentBytes)
        {
            Send(TimeSpan.Zero);
        }

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
        _line.GetStringBuilder().Clear();
        bool wasSent = _unsent.Length == 0;
        _unsent = wasSent ? bytes : [.. _unsent, .. bytes];
        Send(TimeSpan.Zero);
        if (wasSent && _unsent.Length > 0)
        {
            OnUnsent?.Invoke();
        }
    }

    /// <summary>An error that is not going to pass (a full disk, a reader that has gone) costs what was to be written.</summary>
    private void Send(TimeSpan patience)
    {
        Fd to = _own ?? stderr;
        long before = Stopwatch.GetTimestamp();
        while (_unsent.Length > 0 && to.IsWritable(NotNegative(patience - Stopwatch.GetElapsedTime(before))))
        {
            SysResult sent = to.Write(_unsent.AsSpan(0, Math.Min(_unsent.Length, PieceBytes)));
            if (sent.WouldBlock)
            {
                return;
            }

            _unsent = sent.IsOk ? _unsent[(int)sent.Value..] : [];
        }
    }

    private static TimeSpan NotNegative(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private sealed class Logger(StandardErrorLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => log.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
    }
}
