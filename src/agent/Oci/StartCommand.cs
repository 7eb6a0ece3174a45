using System.Diagnostics;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>The runtime's command line that starts a process: made by the shim, or by the agent for one whose shim has nothing to prepare.</summary>
internal static class StartCommand
{
    /// <summary>Whether its streams are files that were passed, or /dev/null: the runtime may be called before there is anybody who could make more of them.</summary>
    public static bool NeedsNoPreparation(ProcessRecord process)
        => !process.Terminal && !process.Stdio.HasClient && IsThere(process.Stdio.Stdin) && IsThere(process.Stdio.Stdout) && IsThere(process.Stdio.Stderr);

    /// <summary>The verb and its options.</summary>
    /// <param name="process">What to start.</param>
    /// <param name="directory">Its own, by an absolute path.</param>
    /// <param name="consoleSocket">Where the runtime sends a terminal.</param>
    public static List<string> Verb(ProcessRecord process, ProcessDirectory directory, string? consoleSocket) => process.Action switch
    {
        ProcessAction.Create => RuntimeCommand.Create(process.Container, process.Bundle, directory.PidFile, process.NoPivot, consoleSocket),
        ProcessAction.Run => RuntimeCommand.Run(process.Container, process.Bundle, directory.PidFile, process.NoPivot, consoleSocket),
        ProcessAction.Exec => RuntimeCommand.Exec(process.Container, directory.ExecSpec, directory.PidFile, consoleSocket),
        ProcessAction.Restore => RuntimeCommand.Restore(
            process.Container,
            process.Bundle,
            directory.PidFile,
            process.NoPivot,
            consoleSocket,
            process.RestoreFrom!,
            process.RestoreOptions ?? new CheckpointOptions()),
        _ => throw new UnreachableException(process.Action),
    };

    private static bool IsThere(StreamRecord stream) => stream.Kind is StreamKind.Null or StreamKind.Fd;
}
