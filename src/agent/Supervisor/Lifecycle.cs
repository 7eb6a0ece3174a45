using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>What can be asked of a container, or happen to it.</summary>
internal enum Trigger
{
    Start,
    Pause,
    Resume,
    Exec,
    Kill,
    Stop,
    Update,
    Checkpoint,
    Delete,
    Exited,
}

/// <summary>The state machine of a container: one table, status × trigger.</summary>
internal static class Lifecycle
{
    /// <summary>The status after the trigger; null where it is refused.</summary>
    public static string? Next(string status, Trigger trigger) => (status, trigger) switch
    {
        (StatusWords.Created, Trigger.Start) => StatusWords.Running,
        (StatusWords.Running, Trigger.Pause) => StatusWords.Paused,
        (StatusWords.Paused, Trigger.Resume) => StatusWords.Running,
        (StatusWords.Running, Trigger.Exec or Trigger.Checkpoint) => status,
        (StatusWords.Created or StatusWords.Running or StatusWords.Paused, Trigger.Kill or Trigger.Update) => status,
        (StatusWords.Created or StatusWords.Running or StatusWords.Paused or StatusWords.Stopped, Trigger.Stop) => StatusWords.Stopped,
        (StatusWords.Stopped, Trigger.Delete) => "",
        (StatusWords.Creating or StatusWords.Created or StatusWords.Running or StatusWords.Paused or StatusWords.Unknown, Trigger.Exited) => StatusWords.Stopped,
        _ => null,
    };

    /// <summary>Refuses what the table does not have.</summary>
    /// <exception cref="ShimdException">BAD_STATE, with the status.</exception>
    public static void Require(string status, Trigger trigger)
    {
        if (Next(status, trigger) is null)
        {
            throw ShimdException.BadState(VerbOf(trigger), status);
        }
    }

    private static string VerbOf(Trigger trigger) => trigger switch
    {
        Trigger.Start => "start",
        Trigger.Pause => "pause",
        Trigger.Resume => "resume",
        Trigger.Exec => "exec in",
        Trigger.Kill => "kill",
        Trigger.Stop => "stop",
        Trigger.Update => "update",
        Trigger.Checkpoint => "checkpoint",
        Trigger.Delete => "delete",
        _ => "end",
    };
}
