namespace Shimd.Protocol;

/// <summary>
/// The product's one exception: everything that goes wrong in a way a client should hear about. It is caught at the two edges only
/// (the dispatcher and the shim's main) and becomes an error reply there.
/// </summary>
internal sealed class ShimdException : Exception
{
    public ShimdException(ErrorCode code, string message, ErrorData? data = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Details = (data ?? new ErrorData { Name = "" }) with { Name = code.ToWireName() };
    }

    public ErrorCode Code { get; }

    /// <summary>The error's <c>data</c>; not called Data, which <see cref="Exception"/> has for itself.</summary>
    public ErrorData Details { get; }

    public static ShimdException ParseError(string message) => new(ErrorCode.ParseError, message);

    public static ShimdException InvalidRequest(string message) => new(ErrorCode.InvalidRequest, message);

    public static ShimdException MethodNotFound(string method) =>
        new(ErrorCode.MethodNotFound, $"no such method: '{WireText.Truncate(method, 128)}'; hello lists them all in features");

    /// <param name="path">The member at fault: <c>timeoutMs</c>, <c>stdio.stdout.fifo</c>; empty for the params as a whole.</param>
    /// <param name="message">What is wrong, to be read after the path: "must be an integer".</param>
    public static ShimdException InvalidParams(string path, string message) =>
        new(ErrorCode.InvalidParams, path.Length == 0 ? $"params {message}" : $"{path} {message}", new ErrorData { Name = "", Path = path });

    public static ShimdException Internal(string message, Exception? inner = null) => new(ErrorCode.Internal, message, inner: inner);

    public static ShimdException Cancelled() => new(ErrorCode.Cancelled, "cancelled; what had been done stays done");

    public static ShimdException FdError(string message) => new(ErrorCode.FdError, message);

    /// <param name="what">Kind and name: "container web", "process init of container web", "subscription 3".</param>
    public static ShimdException NotFound(string what) => new(ErrorCode.NotFound, $"no such {what}");

    /// <param name="what">Kind and name: "container web".</param>
    /// <param name="instance">The instance that holds the name.</param>
    public static ShimdException AlreadyExists(string what, string? instance = null) =>
        new(ErrorCode.AlreadyExists, $"{what} already exists; delete it first or choose another name", new ErrorData { Name = "", Instance = instance });

    /// <param name="action">A verb: "delete".</param>
    /// <param name="status">An OCI status word: "running".</param>
    /// <param name="what">"container" or "process".</param>
    public static ShimdException BadState(string action, string status, string what = "container") =>
        new(ErrorCode.BadState, $"cannot {action} a {what} in the '{status}' state", new ErrorData { Name = "", Status = status, Action = action });

    public static ShimdException Conflict(string id, string given, string actual) =>
        new(
            ErrorCode.Conflict,
            $"container {id} is instance {actual}, not {WireText.Truncate(given, 128)}: it has been replaced since",
            new ErrorData { Name = "", Instance = actual });

    public static ShimdException Busy(string id, string? action = null) =>
        new(
            ErrorCode.Busy,
            $"another operation on container {id} is under way; retry when it is done",
            new ErrorData { Name = "", Action = action });

    /// <param name="action">What did not finish: "wait", "stop", "runtime create".</param>
    /// <param name="timeoutMs">The limit that passed, in milliseconds.</param>
    /// <param name="status">The status when time was up.</param>
    public static ShimdException Timeout(string action, long timeoutMs, string? status = null) =>
        new(ErrorCode.Timeout, $"{action} was not done after {timeoutMs} ms", new ErrorData { Name = "", Status = status, Action = action });

    public static ShimdException PermissionDenied(string message, string? errno = null, string? path = null) =>
        new(ErrorCode.PermissionDenied, message, new ErrorData { Name = "", Errno = errno, Path = path });

    public static ShimdException ReadOnlySocket(string method) =>
        PermissionDenied($"{method} changes something and this socket is read-only; use the agent's main socket");

    public static ShimdException Limit(string message) => new(ErrorCode.Limit, message);

    public static ShimdException NoSpace(string message, string? errno = "ENOSPC", string? path = null) =>
        new(ErrorCode.NoSpace, message, new ErrorData { Name = "", Errno = errno, Path = path });

    public static ShimdException OutOfMemory(string message) =>
        new(ErrorCode.OutOfMemory, message, new ErrorData { Name = "", Errno = "ENOMEM" });

    public static ShimdException BundleInvalid(string path, string message, string? errno = null) =>
        new(ErrorCode.BundleInvalid, $"{path}: {message}", new ErrorData { Name = "", Path = path, Errno = errno });

    public static ShimdException ExecNotFound(string program, RuntimeFailure? runtime = null) =>
        new(
            ErrorCode.ExecNotFound,
            $"'{WireText.Truncate(program, 256)}' was not found in the container; give its full path or set PATH in env",
            new ErrorData { Name = "", Errno = "ENOENT", Runtime = runtime });

    public static ShimdException ExecNotExecutable(string program, RuntimeFailure? runtime = null) =>
        new(
            ErrorCode.ExecNotExecutable,
            $"'{WireText.Truncate(program, 256)}' cannot be executed; check its mode, its format and its interpreter",
            new ErrorData { Name = "", Errno = "EACCES", Runtime = runtime });

    /// <param name="action">The runtime's verb: "create".</param>
    /// <param name="runtime">What was run and what it said.</param>
    public static ShimdException RuntimeFailed(string action, RuntimeFailure runtime) =>
        new(
            ErrorCode.RuntimeFailed,
            runtime.Message.Length == 0 ? $"{runtime.Name} {action} failed" : $"{runtime.Name} {action} failed: {WireText.Truncate(runtime.Message, 1_024)}",
            new ErrorData { Name = "", Action = action, Runtime = runtime });

    public static ShimdException RuntimeMissing(string runtime) =>
        new(
            ErrorCode.RuntimeMissing,
            $"no OCI runtime '{WireText.Truncate(runtime, 256)}' was found; install it, or name its path in 'runtime'",
            new ErrorData { Name = "", Errno = "ENOENT", Runtime = new RuntimeFailure { Name = runtime, Args = [], Message = "" } });

    public static ShimdException NotSupported(string message) => new(ErrorCode.NotSupported, message);

    public static ShimdException HistoryGone(long oldest, long newest, string epoch) =>
        new(
            ErrorCode.HistoryGone,
            "these events are no longer kept; subscribe with snapshot:true instead of since",
            new ErrorData { Name = "", Oldest = oldest, Newest = newest, Epoch = epoch });

    public static ShimdException TooLarge(string message) => new(ErrorCode.TooLarge, message);

    public static ShimdException ShuttingDown() =>
        new(ErrorCode.ShuttingDown, "the agent is shutting down; containers keep running, retry when it is back");
}
