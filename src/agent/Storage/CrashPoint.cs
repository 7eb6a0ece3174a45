using System.Globalization;
using Shimd.Native;

namespace Shimd.Storage;

/// <summary>
/// The steps between which a kill -9 may fall, by name: between any two of them lies one write, one process or one announcement. A test
/// names one in the environment of the agent or, separately, of its shims, and the process kills itself there. This is part of the
/// product because the published binary is what gets tested: a build of its own would prove nothing about the one that people run.
/// Where no step is named, each costs a comparison with null.
/// </summary>
internal static class CrashPoint
{
    /// <summary>The step at which the agent ends: <c>NAME</c>, or <c>NAME:N</c> for the N-th time that it comes there.</summary>
    public const string AgentVariable = "SHIMD_CRASH_AT";

    /// <summary>The same for shims, which inherit the agent's environment.</summary>
    public const string ShimVariable = "SHIMD_SHIM_CRASH_AT";

    public const string CreateDirectoryMade = "create.directory-made";
    public const string CreateRecordWritten = "create.record-written";
    public const string CreateAnnounced = "create.announced";
    public const string CreateStartAnnounced = "create.start-announced";
    public const string CreateSettled = "create.settled";

    public const string ProcessDirectoryMade = "process.directory-made";
    public const string ProcessRecordWritten = "process.record-written";
    public const string LaunchBeforeSpawn = "launch.before-spawn";
    public const string LaunchAfterSpawn = "launch.after-spawn";
    public const string LaunchReported = "launch.reported";

    public const string ExecAdded = "exec.added";
    public const string ExecStarted = "exec.started";
    public const string ExecEnded = "exec.ended";

    public const string TransitionIntentWritten = "transition.intent-written";
    public const string TransitionRuntimeReturned = "transition.runtime-returned";
    public const string TransitionAnnounced = "transition.announced";
    public const string TransitionSettled = "transition.settled";

    public const string DeleteKilled = "delete.killed";
    public const string DeleteIntentWritten = "delete.intent-written";
    public const string DeleteForgotten = "delete.forgotten";
    public const string DeleteAnnounced = "delete.announced";
    public const string UndoForgotten = "undo.forgotten";
    public const string ProcessRenamed = "removal.process-renamed";
    public const string ProcessesRemoved = "removal.processes-removed";
    public const string DirectoryRemoved = "removal.directory-removed";

    public const string ExitKnown = "exit.known";
    public const string ExitAnnounced = "exit.announced";
    public const string ExitMarked = "exit.marked";
    public const string LossAnnounced = "loss.announced";
    public const string LossMarked = "loss.marked";
    public const string LossExitWritten = "loss.exit-written";

    public const string JournalBeforeAppend = "journal.before-append";
    public const string JournalAppended = "journal.appended";
    public const string JournalRotating = "journal.rotating";

    public const string ShimStarted = "shim.started";
    public const string ShimBeforeRuntime = "shim.before-runtime";
    public const string ShimRuntimeReturned = "shim.runtime-returned";
    public const string ShimRunningWritten = "shim.running-written";
    public const string ShimReported = "shim.reported";
    public const string ShimReaped = "shim.reaped";
    public const string ShimExitWritten = "shim.exit-written";
    public const string ShimExitAnnounced = "shim.exit-announced";
    public const string ShimCleanedUp = "shim.cleaned-up";

    private static readonly string? s_agent = Environment.GetEnvironmentVariable(AgentVariable);
    private static readonly string? s_shim = Environment.GetEnvironmentVariable(ShimVariable);
    private static int s_hits;

    /// <summary>The agent has come to this step.</summary>
    public static void Hit(string step)
    {
        if (s_agent is not null)
        {
            Match(s_agent, step);
        }
    }

    /// <summary>A shim has come to this step.</summary>
    public static void HitInShim(string step)
    {
        if (s_shim is not null)
        {
            Match(s_shim, step);
        }
    }

    /// <summary>Whether a shim ends at this step, for one that rests.</summary>
    public static bool IsSetInShim(string step) => s_shim == step;

    private static void Match(string wanted, string step)
    {
        int colon = wanted.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? wanted : wanted[..colon];
        int count = colon < 0 ? 1 : int.Parse(wanted[(colon + 1)..], CultureInfo.InvariantCulture);
        if (name == step && ++s_hits == count)
        {
            _ = ProcessControl.Kill(Environment.ProcessId, Signal.SIGKILL);
        }
    }
}
