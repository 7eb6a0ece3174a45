using System.Text.Json.Serialization.Metadata;

namespace Shimd.Protocol;

/// <summary>Every method, as data.</summary>
internal static class MethodTable
{
    private static readonly Dictionary<string, MethodInfo> s_byName = Index();

    private static ParamsJson In => ParamsJson.Default;

    private static WireJson Out => WireJson.Default;

    public static IReadOnlyCollection<MethodInfo> All => s_byName.Values;

    public static MethodInfo? Find(string name) => s_byName.GetValueOrDefault(name);

    private static Dictionary<string, MethodInfo> Index()
    {
        Dictionary<string, MethodInfo> methods = new(StringComparer.Ordinal);
        foreach (MethodInfo method in (ReadOnlySpan<MethodInfo>)[.. Lifecycle(), .. Queries(), .. Streams(), .. Connection()])
        {
            methods.Add(method.Name, method);
        }

        return methods;
    }

    private static MethodInfo[] Lifecycle() =>
    [
        Changes(
            Methods.Create, static () => In.CreateParams, static () => Out.ContainerInfo,
            "Creates a container from an OCI bundle; its process waits for start."),
        Changes(
            Methods.Start, static () => In.ContainerParams, static () => Out.ContainerInfo,
            "Starts a created container."),
        Changes(
            Methods.Run, static () => In.CreateParams, static () => Out.ContainerInfo,
            "Creates and starts a container in one call."),
        Changes(
            Methods.Exec, static () => In.ExecParams, static () => Out.ExecResult,
            "Runs another process in a running container; with wait, answers when it has ended.", MethodTiming.WhenAsked),
        Changes(
            Methods.Kill, static () => In.KillParams, static () => Out.EmptyResult,
            "Sends a signal to a process, or to all processes of a container."),
        Changes(
            Methods.Stop, static () => In.StopParams, static () => Out.ContainerInfo,
            "Sends a signal, waits, then sends SIGKILL; answers when the container has stopped.", MethodTiming.WhenDone),
        Changes(
            Methods.Pause, static () => In.ContainerParams, static () => Out.ContainerInfo,
            "Freezes a running container."),
        Changes(
            Methods.Resume, static () => In.ContainerParams, static () => Out.ContainerInfo,
            "Thaws a paused container."),
        Deletes(),
        Changes(
            Methods.Update, static () => In.UpdateParams, static () => Out.ContainerInfo,
            "Changes the resources of a container."),
        Changes(
            Methods.Checkpoint, static () => In.CheckpointParams, static () => Out.EmptyResult,
            "Writes a container's state to disk with CRIU."),
    ];

    private static MethodInfo[] Queries() =>
    [
        Reads(
            Methods.Wait, static () => In.WaitParams, static () => Out.ExitInfo,
            "Answers how a process ended: at once if it has, else when it does.", MethodTiming.WhenDone),
        States(),
        Reads(
            Methods.List, static () => In.ListParams, static () => Out.ListResult,
            "Lists containers in the order of their ids, a page at a time."),
        Reads(
            Methods.Processes, static () => In.ContainerParams, static () => Out.ProcessesResult,
            "Lists the supervised processes of a container."),
        Reads(
            Methods.Pids, static () => In.ContainerParams, static () => Out.PidsResult,
            "Lists all process ids in a container's cgroup."),
        Reads(
            Methods.Stats, static () => In.ContainerParams, static () => Out.StatsResult,
            "What a container and its shims use."),
        Reads(
            Methods.Explain, static () => In.ContainerParams, static () => Out.ExplainResult,
            "A container's timeline: each step, who asked for it, what it took, what failed."),
    ];

    private static MethodInfo[] Streams() =>
    [
        Changes(
            Methods.Resize, static () => In.ResizeParams, static () => Out.EmptyResult,
            "Sets the size of a process's terminal."),
        Changes(
            Methods.CloseStdin, static () => In.ProcessParams, static () => Out.EmptyResult,
            "Closes a process's standard input."),
        Changes(
            Methods.ReopenLogs, static () => In.ProcessParams, static () => Out.EmptyResult,
            "Reopens the log files after they were moved away."),
        Reads(
            Methods.Logs, static () => In.LogsParams, static () => Out.LogsResult,
            "Sends log lines as events, then the result.", MethodTiming.WhenAsked),
        Changes(
            Methods.Attach, static () => In.AttachParams, static () => Out.AttachResult,
            "Connects to a process's streams, as events or raw."),
        Changes(
            Methods.Write, static () => In.WriteParams, static () => Out.EmptyResult,
            "Writes to the standard input of an attached process."),
    ];

    private static MethodInfo[] Connection() =>
    [
        Reads(
            Methods.Hello, static () => In.NoParams, static () => Out.HelloResult,
            "Who the server is, what it can do and what its limits are."),
        Reads(
            Methods.Subscribe, static () => In.SubscribeParams, static () => Out.SubscribeResult,
            "Sends events from now on, from a snapshot, or from an earlier event."),
        Reads(
            Methods.Unsubscribe, static () => In.UnsubscribeParams, static () => Out.EmptyResult,
            "Ends a subscription."),
        Reads(
            Methods.Discover, static () => In.DiscoverParams, static () => Out.JsonElement,
            "Describes the methods, as OpenRPC with JSON Schema."),
        Reads(
            Methods.Bye, static () => In.NoParams, static () => Out.EmptyResult,
            "Answers everything before it, then closes the connection."),
    ];

    private static MethodInfo Deletes() => new(
        Methods.Delete, "Removes a stopped container or exec, and answers what it was.", mutates: true, MethodTiming.InOrder,
        static () => In.DeleteParams, static () => Out.ContainerInfo)
    {
        ProcessResult = static () => Out.ProcessInfo,
    };

    private static MethodInfo States() => new(
        Methods.State, "What a container or process is doing.", mutates: false, MethodTiming.InOrder,
        static () => In.ProcessParams, static () => Out.ContainerInfo)
    {
        ProcessResult = static () => Out.ProcessInfo,
    };

    private static MethodInfo Changes(
        string name, Func<JsonTypeInfo> parameters, Func<JsonTypeInfo> result, string summary, MethodTiming timing = MethodTiming.InOrder) =>
        new(name, summary, mutates: true, timing, parameters, result);

    private static MethodInfo Reads(
        string name, Func<JsonTypeInfo> parameters, Func<JsonTypeInfo> result, string summary, MethodTiming timing = MethodTiming.InOrder) =>
        new(name, summary, mutates: false, timing, parameters, result);
}
