using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>A shim that this agent has started, and so a child of its own: until it is reaped nobody else has its pid.</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="Ended">Ends as it is reaped.</param>
internal sealed record ChildShim(int Pid, Task<WaitStatus> Ended)
{
    /// <summary>Unless it has ended. The container's process is not touched.</summary>
    public void Kill()
    {
        if (!Ended.IsCompleted)
        {
            _ = ProcessControl.Kill(Pid, Signal.SIGKILL);
        }
    }
}
