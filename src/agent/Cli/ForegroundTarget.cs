using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>The process that a client stays with: a container's own, or one that exec has added. With its instance, so that it can
/// never come to mean another one that has taken the id over.</summary>
internal sealed record ForegroundTarget(string Id, string Instance, string? Process)
{
    public WaitParams Wait => new() { Id = Id, Instance = Instance, Process = Process };

    /// <summary>Answered when it is certain; the clean-up is the agent's.</summary>
    public DeleteParams Leave => new() { Id = Id, Instance = Instance, Process = Process, Wait = Process is null ? false : null };

    public DeleteParams Delete => new() { Id = Id, Instance = Instance, Process = Process };

    public KillParams Kill(int signal)
        => new() { Id = Id, Instance = Instance, Process = Process, Signal = new SignalParam(Signal.NameOf(signal), 0) };

    public ResizeParams Resize(TerminalSize size)
        => new() { Id = Id, Instance = Instance, Process = Process, Columns = size.Columns, Rows = size.Rows };
}
