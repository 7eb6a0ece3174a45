using Microsoft.Extensions.Logging;

namespace Shimd.Logging;

/// <summary>Everything the agent logs, each with its fixed id.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Information, "shimd {Version} serves {Root} on {Socket}")]
    public static partial void Serving(ILogger logger, string version, string root, string socket);

    [LoggerMessage(1001, LogLevel.Information, "{Signal}: going; containers keep running")]
    public static partial void Stopping(ILogger logger, string signal);

    [LoggerMessage(1002, LogLevel.Warning, "no OCI runtime found; create will fail until one of {Names} is installed")]
    public static partial void NoRuntime(ILogger logger, string names);

    [LoggerMessage(1003, LogLevel.Critical, "{Handler} failed: {Problem}")]
    public static partial void Fatal(ILogger logger, string handler, string problem);

    [LoggerMessage(1004, LogLevel.Warning, "{Target} could not be told that the agent is ready: {Problem}")]
    public static partial void NotTold(ILogger logger, string target, string problem);

    [LoggerMessage(2000, LogLevel.Information, "{Container}: {Process} exited with code {Code} ({Source})")]
    public static partial void Exited(ILogger logger, string container, string process, object? code, string source);

    [LoggerMessage(2001, LogLevel.Warning, "{Container}: the shim of {Process} has died")]
    public static partial void ShimLost(ILogger logger, string container, string process);

    [LoggerMessage(2002, LogLevel.Error, "{Container}: {Process} is not monitored: {Problem}")]
    public static partial void MonitorFailed(ILogger logger, string container, string process, string problem);

    [LoggerMessage(2003, LogLevel.Error, "{Container}: the exit of {Process} cannot be written: {Problem}")]
    public static partial void ExitNotWritten(ILogger logger, string container, string process, string problem);

    [LoggerMessage(2004, LogLevel.Information, "{Container}: deleted")]
    public static partial void Deleted(ILogger logger, string container);

    [LoggerMessage(2005, LogLevel.Warning, "{Container}: create failed: {Problem}")]
    public static partial void CreateFailed(ILogger logger, string container, string problem);

    [LoggerMessage(2006, LogLevel.Warning, "{Container}: clean-up failed: {Problem}")]
    public static partial void UndoFailed(ILogger logger, string container, string problem);

    [LoggerMessage(2007, LogLevel.Warning, "{Path} could not be removed: {Problem}")]
    public static partial void DirectoryLeft(ILogger logger, string path, string problem);

    [LoggerMessage(2008, LogLevel.Warning, "{Container}: memory events cannot be watched: {Problem}")]
    public static partial void OomNotWatched(ILogger logger, string container, string problem);

    [LoggerMessage(2009, LogLevel.Error, "{Container}: its record cannot be written; a restart would have to find out where it is: {Problem}")]
    public static partial void RecordNotWritten(ILogger logger, string container, string problem);

    [LoggerMessage(3000, LogLevel.Information, "{Container}: restored {Process}, pid {Pid}")]
    public static partial void Restored(ILogger logger, string container, string process, object? pid);

    [LoggerMessage(3001, LogLevel.Warning, "{Path} cannot be read ({Problem}); put aside: {Target}")]
    public static partial void Quarantined(ILogger logger, string path, string problem, string target);
}
