using System.Text;

namespace Shimd.Protocol;

/// <summary>Every method, as data.</summary>
internal static class MethodTable
{
    private static readonly MethodInfo[] s_all = [.. Lifecycle(), .. Queries(), .. Streams(), .. Connection()];

    public static IReadOnlyCollection<MethodInfo> All => s_all;

    /// <summary>By its name in UTF-8, as it stands in a line.</summary>
    public static MethodInfo? Find(ReadOnlySpan<byte> name)
    {
        foreach (MethodInfo method in s_all)
        {
            if (name.Length == method.Name.Length && Ascii.Equals(name, method.Name))
            {
                return method;
            }
        }

        return null;
    }

    public static MethodInfo? Find(string name) => Find(Encoding.UTF8.GetBytes(name));

    private static MethodInfo[] Lifecycle() =>
    [
        Changes<CreateParams, ContainerInfo>(
            Methods.Create, "Creates a container from an OCI bundle; its process waits for start.",
            example: """{"id":"web","bundle":"/srv/web"}"""),
        Changes<ContainerParams, ContainerInfo>(
            Methods.Start, "Starts a created container."),
        Changes<CreateParams, ContainerInfo>(
            Methods.Run, "Creates and starts a container in one call.",
            example: """{"id":"web","bundle":"/srv/web"}"""),
        Changes<ExecParams, ExecResult>(
            Methods.Exec, "Runs another process in a running container; with wait, answers when it has ended.", MethodTiming.WhenAsked,
            example: """{"id":"web","args":["/shimd","version"],"wait":true,"captureOutput":true}"""),
        Changes<KillParams, EmptyResult>(
            Methods.Kill, "Sends a signal to a process, or to all processes of a container.",
            example: """{"id":"web","signal":"TERM"}"""),
        Changes<StopParams, ContainerInfo>(
            Methods.Stop, "Sends a signal, waits, then sends SIGKILL; answers when the container has stopped.", MethodTiming.WhenDone,
            example: """{"id":"web","timeoutMs":5000}"""),
        Changes<ContainerParams, ContainerInfo>(
            Methods.Pause, "Freezes a running container."),
        Changes<ContainerParams, ContainerInfo>(
            Methods.Resume, "Thaws a paused container."),
        Deletes(),
        Changes<UpdateParams, ContainerInfo>(
            Methods.Update, "Changes the resources of a container.",
            example: """{"id":"web","resources":{"pids":{"limit":64}}}"""),
        Changes<CheckpointParams, EmptyResult>(
            Methods.Checkpoint, "Writes a container's state to disk with CRIU.",
            example: """{"id":"web","path":"/srv/web.checkpoint"}"""),
    ];

    private static MethodInfo[] Queries() =>
    [
        Reads<WaitParams, ExitInfo>(
            Methods.Wait, "Answers how a process ended: at once if it has, else when it does.", MethodTiming.WhenDone,
            example: """{"id":"web","timeoutMs":5000}"""),
        States(),
        Reads<ListParams, ListResult>(
            Methods.List, "Lists containers in the order of their ids, a page at a time.",
            example: """{"status":"running","limit":10}"""),
        Reads<ContainerParams, ProcessesResult>(
            Methods.Processes, "Lists the supervised processes of a container."),
        Reads<ContainerParams, PidsResult>(
            Methods.Pids, "Lists all process ids in a container's cgroup."),
        Reads<ContainerParams, StatsResult>(
            Methods.Stats, "What a container and its shims use."),
        Reads<ContainerParams, ExplainResult>(
            Methods.Explain, "A container's timeline: each step, who asked for it, what it took, what failed."),
    ];

    private static MethodInfo[] Streams() =>
    [
        Changes<ResizeParams, EmptyResult>(
            Methods.Resize, "Sets the size of a process's terminal.",
            example: """{"id":"web","columns":80,"rows":24}"""),
        Changes<ProcessParams, EmptyResult>(
            Methods.CloseStdin, "Closes a process's standard input."),
        Changes<ProcessParams, EmptyResult>(
            Methods.ReopenLogs, "Reopens the log files after they were moved away."),
        Reads<LogsParams, LogsResult>(
            Methods.Logs, "Sends log lines as events, then the result.", MethodTiming.WhenAsked,
            example: """{"id":"web","tail":10}"""),
        Changes<AttachParams, AttachResult>(
            Methods.Attach, "Connects to a process's streams, as events or raw."),
        Changes<WriteParams, EmptyResult>(
            Methods.Write, "Writes to the standard input of an attached process.",
            example: """{"id":"web","text":"y\n"}"""),
    ];

    private static MethodInfo[] Connection() =>
    [
        Reads<NoParams, HelloResult>(
            Methods.Hello, "Who the server is, what it can do and what its limits are."),
        Reads<SubscribeParams, SubscribeResult>(
            Methods.Subscribe, "Sends events from now on, from a snapshot, or from an earlier event.",
            example: """{"types":["exit","oom"],"snapshot":true}"""),
        Reads<UnsubscribeParams, EmptyResult>(
            Methods.Unsubscribe, "Ends a subscription.",
            example: """{"subscription":1}"""),
        Reads<DiscoverParams, RawObject>(
            Methods.Discover, "Describes the methods, as OpenRPC with JSON Schema.",
            example: """{"method":"exec"}"""),
        Reads<NoParams, EmptyResult>(
            Methods.Bye, "Answers everything before it, then closes the connection."),
    ];

    private static MethodInfo Deletes() => new(
        Methods.Delete, "Removes a stopped container or exec, and answers what it was.", mutates: true, MethodTiming.InOrder,
        WireShape.Of<DeleteParams>, WireShape.Of<ContainerInfo>)
    {
        ProcessResult = WireShape.Of<ProcessInfo>,
    };

    private static MethodInfo States() => new(
        Methods.State, "What a container or process is doing.", mutates: false, MethodTiming.InOrder,
        WireShape.Of<ProcessParams>, WireShape.Of<ContainerInfo>)
    {
        ProcessResult = WireShape.Of<ProcessInfo>,
    };

    private static MethodInfo Changes<TParams, TResult>(
        string name, string summary, MethodTiming timing = MethodTiming.InOrder, string? example = null)
        where TParams : class, IParams<TParams>
        where TResult : class, IWireObject<TResult>
        => new(name, summary, mutates: true, timing, WireShape.Of<TParams>, WireShape.Of<TResult>) { Example = example! };

    private static MethodInfo Reads<TParams, TResult>(
        string name, string summary, MethodTiming timing = MethodTiming.InOrder, string? example = null)
        where TParams : class, IParams<TParams>
        where TResult : class, IWireObject<TResult>
        => new(name, summary, mutates: false, timing, WireShape.Of<TParams>, WireShape.Of<TResult>) { Example = example! };
}
