using Shimd.Protocol;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>The methods about logs.</summary>
internal static class LogHandlers
{
    public static void Register(Dispatcher dispatcher, Supervisor.Supervisor supervisor)
    {
        dispatcher.Register<LogsParams, LogsResult>(
            Methods.Logs,
            (call, p) => supervisor.LogsAsync(p, new LogTarget(call.SendEvent, call.WhenRoomAsync, call.Cancellation)),
            p => p.Follow);
        dispatcher.Register<ProcessParams, EmptyResult>(Methods.ReopenLogs, async (_, p) =>
        {
            await supervisor.ReopenLogsAsync(p);
            return EmptyResult.Instance;
        });
    }
}
