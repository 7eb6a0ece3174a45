namespace Shimd.Protocol;

/// <summary>Every error the protocol knows. Numbers and wire names are frozen within major version 1.</summary>
internal enum ErrorCode
{
    /// <summary>Never sent: the value of a code that was not set.</summary>
    None = 0,
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    Internal = -32603,
    Cancelled = -32800,
    FdError = -32050,
    NotFound = 1001,
    AlreadyExists = 1002,
    BadState = 1003,
    Conflict = 1004,
    Busy = 1005,
    Timeout = 1006,
    PermissionDenied = 1007,
    Limit = 1008,
    NoSpace = 1009,
    OutOfMemory = 1010,
    BundleInvalid = 1011,
    ExecNotFound = 1012,
    ExecNotExecutable = 1013,
    RuntimeFailed = 1014,
    RuntimeMissing = 1015,
    NotSupported = 1016,
    HistoryGone = 1017,
    TooLarge = 1018,
    ShuttingDown = 1019,
}

/// <summary>The wire names: <c>data.name</c> is what clients switch on.</summary>
internal static class ErrorCodeNames
{
    /// <summary>Every code, in the order of the protocol's table.</summary>
    public static ReadOnlySpan<ErrorCode> All =>
    [
        ErrorCode.ParseError, ErrorCode.InvalidRequest, ErrorCode.MethodNotFound, ErrorCode.InvalidParams, ErrorCode.Internal,
        ErrorCode.Cancelled, ErrorCode.FdError, ErrorCode.NotFound, ErrorCode.AlreadyExists, ErrorCode.BadState, ErrorCode.Conflict,
        ErrorCode.Busy, ErrorCode.Timeout, ErrorCode.PermissionDenied, ErrorCode.Limit, ErrorCode.NoSpace, ErrorCode.OutOfMemory,
        ErrorCode.BundleInvalid, ErrorCode.ExecNotFound, ErrorCode.ExecNotExecutable, ErrorCode.RuntimeFailed, ErrorCode.RuntimeMissing,
        ErrorCode.NotSupported, ErrorCode.HistoryGone, ErrorCode.TooLarge, ErrorCode.ShuttingDown,
    ];

    /// <summary>The frozen wire name. Written out, so that renaming an enum member cannot change the protocol.</summary>
    public static string ToWireName(this ErrorCode code) => code switch
    {
        ErrorCode.ParseError => "PARSE_ERROR",
        ErrorCode.InvalidRequest => "INVALID_REQUEST",
        ErrorCode.MethodNotFound => "METHOD_NOT_FOUND",
        ErrorCode.InvalidParams => "INVALID_PARAMS",
        ErrorCode.Cancelled => "CANCELLED",
        ErrorCode.FdError => "FD_ERROR",
        ErrorCode.NotFound => "NOT_FOUND",
        ErrorCode.AlreadyExists => "ALREADY_EXISTS",
        ErrorCode.BadState => "BAD_STATE",
        ErrorCode.Conflict => "CONFLICT",
        ErrorCode.Busy => "BUSY",
        ErrorCode.Timeout => "TIMEOUT",
        ErrorCode.PermissionDenied => "PERMISSION_DENIED",
        ErrorCode.Limit => "LIMIT",
        ErrorCode.NoSpace => "NO_SPACE",
        ErrorCode.OutOfMemory => "OUT_OF_MEMORY",
        ErrorCode.BundleInvalid => "BUNDLE_INVALID",
        ErrorCode.ExecNotFound => "EXEC_NOT_FOUND",
        ErrorCode.ExecNotExecutable => "EXEC_NOT_EXECUTABLE",
        ErrorCode.RuntimeFailed => "RUNTIME_FAILED",
        ErrorCode.RuntimeMissing => "RUNTIME_MISSING",
        ErrorCode.NotSupported => "NOT_SUPPORTED",
        ErrorCode.HistoryGone => "HISTORY_GONE",
        ErrorCode.TooLarge => "TOO_LARGE",
        ErrorCode.ShuttingDown => "SHUTTING_DOWN",
        _ => "INTERNAL",
    };
}
