using Shimd.Logging;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Learns of the ends of processes, and announces each once: the shim's word first, then <see cref="ShimLoss"/>'s.</summary>
internal sealed class Exits(Agency agency, OomWatcher oom)
{
    private static readonly TimeSpan s_othersDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Enough for a client to be told of an exit, to delete the container, and to end. A shim waits for 50 ms at most.</summary>
    private static readonly TimeSpan s_clients = TimeSpan.FromMilliseconds(5);

    /// <summary>Called when a shim is gone without a word about the exit.</summary>
    public Action<Container, SupervisedProcess> OnShimLost { get; set; } = static (_, _) => { };

    /// <summary>Called when a shim has announced the exit of a container's init, after which it is to clean up.</summary>
    public Action<Container, SupervisedProcess> OnShimCleansUp { get; set; } = static (_, _) => { };

    /// <summary>Watches a process whose shim lives. Takes the exit fifo's reading end over.</summary>
    public void Watch(Container container, SupervisedProcess process, Fd exitReader)
    {
        SysResult<MonitoredExit> monitored = agency.Monitor.TryWatch(exitReader, isGone => OnNews(container, process, isGone));
        if (monitored.IsOk)
        {
            process.Monitor = monitored.Value;
            return;
        }

        // Our own trouble is no reason to touch a healthy process: its exit will be found at the next start.
        exitReader.Dispose();
        LogMessages.MonitorFailed(agency.Logger, container.Id, process.Name, monitored.Error.Describe());
    }

    /// <summary>The exit is known and on disk: it counts, and is announced, as soon as what must come before it is over. Only the first
    /// word counts.</summary>
    public void Finish(Container container, SupervisedProcess process, ExitRecord exit)
    {
        if (!process.IsEnding)
        {
            process.IsEnding = true;
            agency.Loop.Start("exit of a process", async () =>
            {
                await container.Settled;
                if (process.IsInit)
                {
                    await OthersFirstAsync(container);
                }

                process.End(exit);
                LogMessages.Exited(agency.Logger, container.Id, process.Name, exit.Code, exit.Source);
                Announce(container, process);
            });
        }
    }

    /// <summary>Announces a known exit, unless that was done before the agent was last started.</summary>
    public void Announce(Container container, SupervisedProcess process)
    {
        if (NativeFile.Status(process.Directory.Announced) is not null)
        {
            return;
        }

        if (process.Exit!.OomKilled)
        {
            oom.BeforeExit(container);
        }

        if (process.IsInit)
        {
            OomWatcher.End(container);
        }

        agency.Announce(container, EventTypes.Exit, message => message with
        {
            Process = process.Name,
            Pid = process.Running?.Pid,
            Exit = SupervisedProcess.Describe(process.Exit!),
        });

        CrashPoint.Hit(CrashPoint.ExitAnnounced);

        // Should we be killed between the two, the journal tells the next start that it was announced.
        MarkAnnounced(process);
        CrashPoint.Hit(CrashPoint.ExitMarked);
    }

    /// <summary>For the time when the journal has forgotten the event.</summary>
    public static void MarkAnnounced(SupervisedProcess process)
    {
        SysResult<Fd> mark = NativeFile.Create(process.Directory.Announced);
        mark.Value?.Dispose();
    }

    /// <returns>False for a word without an exit on the disk, which means nothing.</returns>
    private bool OnNews(Container container, SupervisedProcess process, bool isShimGone)
    {
        StateRead<ExitRecord> exit = StateFile.Read(process.Directory.ExitRecord, StateJson.Default.ExitRecord);
        if (exit.Record is null && !isShimGone)
        {
            return false;
        }

        CrashPoint.Hit(CrashPoint.ExitKnown);
        if (!process.IsEnding)
        {
            OnFirstNews(container, process, exit.Record);
        }

        if (isShimGone)
        {
            process.StopMonitoring();
        }
        else
        {
            _ = agency.Loop.After(s_clients, process.LetShimCleanUp);
        }

        return true;
    }

    private void OnFirstNews(Container container, SupervisedProcess process, ExitRecord? exit)
    {
        if (exit is null)
        {
            OnShimLost(container, process);
            return;
        }

        Finish(container, process, exit);
        if (process.IsInit)
        {
            OnShimCleansUp(container, process);
        }
    }

    /// <summary>The exit of init is a container's last: its other processes cannot outlive it for long, but in a shared pid namespace.</summary>
    private async Task OthersFirstAsync(Container container)
    {
        foreach (SupervisedProcess other in container.AllProcesses())
        {
            if (!other.IsInit && other.Exit is null)
            {
                // Where they share a pid namespace they end by the clean-up of init's shim.
                container.Init?.LetShimCleanUp();
                _ = await other.WaitAsync(agency.Loop, s_othersDeadline);
            }
        }
    }
}
