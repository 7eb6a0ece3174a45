using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>Turns what went wrong below into what a client is told.</summary>
internal static class Failure
{
    /// <summary>A system call failed.</summary>
    public static ShimdException Of(string what, Errno error) => OfNamed($"{what}: {error.Describe()}", error.Name());

    /// <summary>A system call failed, here or in a shim; <paramref name="errno"/> by its name.</summary>
    public static ShimdException OfNamed(string message, string? errno) => errno switch
    {
        nameof(Errno.ENOSPC) or nameof(Errno.EDQUOT) => ShimdException.NoSpace(message, errno),
        nameof(Errno.ENOMEM) => ShimdException.OutOfMemory(message),
        nameof(Errno.EACCES) or nameof(Errno.EPERM) or nameof(Errno.EROFS) => ShimdException.PermissionDenied(message, errno),
        nameof(Errno.EMFILE) or nameof(Errno.ENFILE) => ShimdException.Limit(message),
        _ => new ShimdException(ErrorCode.Internal, message, errno is null ? null : new ErrorData { Name = "", Errno = errno }),
    };

    /// <summary>The runtime failed. Whether the program was to blame is found out by looking for it, not from the runtime's words.</summary>
    public static ShimdException Of(string action, RuntimeOutcome outcome, string? rootDirectory = null, ProcessSpec? process = null)
    {
        if (outcome.TimedOutAfterMs is { } limit)
        {
            return ShimdException.Timeout($"{outcome.Name} {action}", limit);
        }

        var failure = new RuntimeFailure { Name = outcome.Name, Args = outcome.Arguments, Exit = outcome.Exit, Message = outcome.Message };
        if (outcome.Exit is null)
        {
            return outcome.Errno == nameof(Errno.ENOENT)
                ? ShimdException.RuntimeMissing(outcome.Name)
                : ShimdException.RuntimeFailed(action, failure);
        }

        ProgramState program = rootDirectory is not null && process is not null
            ? ProgramLookup.Find(rootDirectory, process)
            : ProgramState.Present;
        return program switch
        {
            ProgramState.Missing => ShimdException.ExecNotFound(process!.Arguments[0], failure),
            ProgramState.NotExecutable => ShimdException.ExecNotExecutable(process!.Arguments[0], failure),
            _ => ShimdException.RuntimeFailed(action, failure),
        };
    }
}
