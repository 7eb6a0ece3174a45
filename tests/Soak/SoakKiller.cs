using Shimd.Native;
using Shimd.Tests.Fixtures;

namespace Shimd.Tests.Soak;

/// <summary>Kills shims often and the agent now and then, which is then started again.</summary>
internal sealed class SoakKiller(SoakGround ground, int seed)
{
    private const int MaxPauseMs = 300;
    private const long MaxLogBytes = 64 * 1024 * 1024;
    private readonly Random _random = new(seed);

    public int AgentsKilled { get; private set; }

    public int ShimsKilled { get; private set; }

    /// <summary>An agent and a shim at least.</summary>
    public bool HasKilledBoth => AgentsKilled > 0 && ShimsKilled > 0;

    /// <summary>Waits a moment, then strikes once.</summary>
    /// <param name="sparesAgent">Only shims are killed.</param>
    public void Strike(bool sparesAgent)
    {
        ground.Pause(_random.Next(MaxPauseMs));
        if (!ground.Agent.IsRunning)
        {
            ground.Report("the agent has died by itself");
        }
        else if (_random.Next(6) == 0 && !sparesAgent)
        {
            ground.Agent.Kill();
            ground.Agent.TrimLog(MaxLogBytes);
            ground.Agent.Start();
            AgentsKilled++;
        }
        else
        {
            KillShim();
        }
    }

    private void KillShim()
    {
        int chosen = _random.Next();
        int[] shims = [.. ProcFs.Pids.Where(IsOurShim)];
        if (shims.Length > 0 && ProcessControl.Kill(shims[chosen % shims.Length], Signal.SIGKILL).IsOk)
        {
            ShimsKilled++;
        }
    }

    private bool IsOurShim(int pid)
        => ProcFs.CommandLine(pid).Split(' ') is ["shimd", "shim", var id, ..] && ground.Ids.Contains(id);
}
