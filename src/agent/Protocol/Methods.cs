namespace Shimd.Protocol;

/// <summary>The names of the methods, as they are on the wire.</summary>
internal static class Methods
{
    public const string Hello = "hello";
    public const string Create = "create";
    public const string Start = "start";
    public const string Run = "run";
    public const string Exec = "exec";
    public const string Kill = "kill";
    public const string Stop = "stop";
    public const string Wait = "wait";
    public const string Pause = "pause";
    public const string Resume = "resume";
    public const string Delete = "delete";
    public const string State = "state";
    public const string List = "list";
    public const string Processes = "processes";
    public const string Pids = "pids";
    public const string Stats = "stats";
    public const string Update = "update";
    public const string Checkpoint = "checkpoint";
    public const string Resize = "resize";
    public const string CloseStdin = "closeStdin";
    public const string ReopenLogs = "reopenLogs";
    public const string Logs = "logs";
    public const string Attach = "attach";
    public const string Write = "write";
    public const string Subscribe = "subscribe";
    public const string Unsubscribe = "unsubscribe";
    public const string Explain = "explain";
    public const string Discover = "rpc.discover";
    public const string Bye = "bye";

    /// <summary>The only notification accepted.</summary>
    public const string CancelRequest = "$/cancelRequest";

    /// <summary>The only notification sent.</summary>
    public const string Event = "event";
}
