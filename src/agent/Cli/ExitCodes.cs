using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>What the client exits with. For <c>run</c> the low codes belong to the container: there, whatever is ours is 125 to 127,
/// as with every runner of commands since chroot(1) and env(1).</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The agent answered with an error.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The agent cannot be reached; for <c>run</c>, any failure of ours.</summary>
    public const int Unavailable = 125;

    private const int NotExecutable = 126;
    private const int NotFound = 127;

    /// <summary>For an error that the agent answered.</summary>
    public static int Of(AgentError error, bool runsContainer) => (ErrorCode)error.Code switch
    {
        _ when !runsContainer => Failed,
        ErrorCode.ExecNotExecutable => NotExecutable,
        ErrorCode.ExecNotFound => NotFound,
        _ => Unavailable,
    };
}
