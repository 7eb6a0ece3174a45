using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Shimd.Logging;

/// <summary>The console logger's simple format, one line an entry: <c>TIME info: CATEGORY[4001] MESSAGE</c>.</summary>
internal sealed class TextLogFormatter() : ConsoleFormatter("text")
{
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
        textWriter.Write(Format(
            logEntry.LogLevel, logEntry.Category, logEntry.EventId.Id, logEntry.Formatter(logEntry.State, logEntry.Exception), logEntry.Exception));

    private static string Format(LogLevel level, string category, int eventId, string message, Exception? exception)
    {
        string word = level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        string line = string.Create(CultureInfo.InvariantCulture, $"{LogTime.Now()} {word}: {category}[{eventId}] {OneLine(message)}");
        return exception is null ? line + "\n" : $"{line} {OneLine(exception.ToString())}\n";
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

/// <summary>The console logger's JSON format: an object a line, with the message's values in <c>State</c>.</summary>
internal sealed class JsonLogFormatter() : ConsoleFormatter("json")
{
    // The state is a structure, another type for each kind of message: what is generic here, the binary has twenty times.
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
        textWriter.Write(Format(
            logEntry.LogLevel,
            logEntry.Category,
            logEntry.EventId.Id,
            logEntry.Formatter(logEntry.State, logEntry.Exception),
            logEntry.Exception,
            logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>));

    private static string Format(
        LogLevel level, string category, int eventId, string message, Exception? exception, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp"u8, LogTime.Now());
            json.WriteNumber("EventId"u8, eventId);
            json.WriteString("LogLevel"u8, NameOf(level));
            json.WriteString("Category"u8, category);
            json.WriteString("Message"u8, message);
            if (exception is not null)
            {
                json.WriteString("Exception"u8, exception.ToString());
            }

            if (values is not null)
            {
                WriteState(json, values);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteState(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("State"u8);
        for (int i = 0; i < values.Count; i++)
        {
            json.WritePropertyName(values[i].Key);
            WriteValue(json, values[i].Value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or uint:
                json.WriteNumberValue(((IConvertible)value).ToInt64(CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue((value as IFormattable)?.ToString(null, CultureInfo.InvariantCulture) ?? value.ToString());
                break;
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "Trace",
        LogLevel.Debug => "Debug",
        LogLevel.Information => "Information",
        LogLevel.Warning => "Warning",
        LogLevel.Error => "Error",
        _ => "Critical",
    };
}

/// <summary>The time of an entry: UTC, to the millisecond.</summary>
internal static class LogTime
{
    public static string Now() => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
