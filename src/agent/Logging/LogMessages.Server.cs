using Microsoft.Extensions.Logging;

namespace Shimd.Logging;

/// <summary>The server's messages: 4000 and on.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(4000, LogLevel.Debug, "connection {Connection}: pid {Pid}, uid {Uid}, {Access}")]
    public static partial void Connected(ILogger logger, object? connection, object? pid, object? uid, string access);

    [LoggerMessage(4001, LogLevel.Debug, "connection {Connection}: ended")]
    public static partial void Disconnected(ILogger logger, object? connection);

    [LoggerMessage(4002, LogLevel.Warning, "connection {Connection}: closed, {Reason}")]
    public static partial void ConnectionClosed(ILogger logger, object? connection, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "{Socket}: a connection was refused: {Problem}")]
    public static partial void ConnectionRefused(ILogger logger, string socket, string problem);

    [LoggerMessage(4004, LogLevel.Error, "{Socket}: no connection is accepted for a second: {Problem}")]
    public static partial void AcceptPaused(ILogger logger, string socket, string problem);

    [LoggerMessage(4010, LogLevel.Information, "{Method} {Container}: asked by pid {Pid}, uid {Uid} (connection {Connection})")]
    public static partial void ChangeRequested(ILogger logger, string method, string container, object? pid, object? uid, object? connection);

    [LoggerMessage(4011, LogLevel.Information, "{Method} {Container}: refused with {Name}: {Problem} (connection {Connection})")]
    public static partial void ChangeFailed(ILogger logger, string method, string container, string name, string problem, object? connection);

    [LoggerMessage(4012, LogLevel.Error, "{Method} failed, which is a bug of shimd's: {Problem}")]
    public static partial void RequestFailed(ILogger logger, string method, string problem);
}
