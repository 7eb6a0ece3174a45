using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>The next step after an error, as a command to type. Nothing where the agent's message says all there is.</summary>
internal static class Hints
{
    /// <param name="error">What the agent answered.</param>
    /// <param name="id">The container that was meant, if one was.</param>
    public static string? For(AgentError error, string? id)
        => Always((ErrorCode)error.Code) ?? (string.IsNullOrEmpty(id) ? null : ForContainer(error, id));

    private static string? ForContainer(AgentError error, string id) => (ErrorCode)error.Code switch
    {
        ErrorCode.AlreadyExists => $"look at it with: shimd state {id}; remove it with: shimd delete {id}",
        ErrorCode.BadState => ForState(error.Data, id),
        ErrorCode.Conflict => $"look at the one that has the id now: shimd state {id}",
        ErrorCode.Timeout => $"look at it with: shimd state {id}; make an end with: shimd kill -s KILL {id}",
        _ => null,
    };

    private static string? Always(ErrorCode code) => code switch
    {
        ErrorCode.NotFound => "list what there is with: shimd ps",
        ErrorCode.BundleInvalid => "a bundle is a directory with a config.json and a root file system; 'crun spec' or 'runc spec' writes a config.json to begin with",
        ErrorCode.RuntimeMissing => "install crun, runc or youki, or say where one is: --runtime PATH; what the machine has, says: shimd doctor",
        ErrorCode.RuntimeFailed => "the runtime's words are the reason; with --format json they come in full, with the command that was run",
        ErrorCode.HistoryGone => "begin anew with: shimd events --snapshot",
        ErrorCode.MethodNotFound => "the agent may be older than this client: compare with: shimd version",
        ErrorCode.Internal => "this is a fault in shimd: the agent's log has more",
        _ => null,
    };

    private static string? ForState(ErrorData data, string id) => (data.Action, data.Status) switch
    {
        ("delete", StatusWords.Running or StatusWords.Created or StatusWords.Paused) => $"stop it first: shimd stop {id}; or at once: shimd delete --force {id}",
        ("start", StatusWords.Stopped) => $"a container runs once; make it anew: shimd delete {id}, then shimd create or run",
        (_, StatusWords.Created) => $"start it with: shimd start {id}",
        (_, StatusWords.Paused) => $"let it go on with: shimd resume {id}",
        _ => null,
    };
}
