using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>A shim that this agent has started, and so a child of its own: until it is reaped nobody else has its pid.</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="WaitAsync">How it ends, as it is reaped: soon after its end, now that somebody waits for it.</param>
internal sealed record ChildShim(int Pid, Func<Task<WaitStatus>> WaitAsync)
{
    /// <summary>Unless it has ended. The container's process is not touched.</summary>
    public void Kill()
    {
        if (!WaitAsync().IsCompleted)
        {
            _ = ProcessControl.Kill(Pid, Signal.SIGKILL);
        }
    }
}
