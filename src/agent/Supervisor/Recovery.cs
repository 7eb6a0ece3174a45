using System.Globalization;
using Shimd.Logging;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>
/// Takes the containers over at the start of an agent. What is true is found out from the directories, the locks and the
/// kernel; what cannot be read is put aside, never deleted.
/// </summary>
internal sealed class Recovery(Agency agency, Exits exits, OomWatcher oom, Unfinished unfinished)
{
    private const int ManyContainers = 100;

    private readonly string _bootId = ProcessIdentity.BootId();
    private Dictionary<string, string>? _lastEvents;
    private RuntimeRecord? _runtime;

    /// <summary>Loads all containers; what needs the runtime or a shim's answer goes on behind it.</summary>
    public void Restore()
    {
        string[] paths = Directory.GetDirectories(agency.Layout.Containers);
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (Load(path) is { } container)
            {
                agency.Containers.Add(container);
            }
        }

        ReadEvents();
        foreach (Container container in new List<Container>(agency.Containers.Values))
        {
            Resume(container);
        }

        _lastEvents = null;

        if (paths.Length >= ManyContainers)
        {
            // All that was read is garbage now, and an agent at rest would keep it: 3 KB for each. A collection takes 5 ms for a thousand.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    /// <summary>Once for all containers: there may be ten thousand events.</summary>
    private void ReadEvents()
    {
        var byInstance = new Dictionary<string, Container>(StringComparer.Ordinal);
        foreach (Container container in agency.Containers.Values)
        {
            byInstance[container.Record.Instance] = container;
        }

        _lastEvents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (EventMessage message in agency.Events.ReadAll())
        {
            if (message.Instance is null || !byInstance.TryGetValue(message.Instance, out Container? container))
            {
                continue;
            }

            if (message.Type == EventTypes.Oom)
            {
                container.OomAnnounced++;
            }
            else if (message.Type is EventTypes.ExecAdded or EventTypes.ExecStarted or EventTypes.Exit)
            {
                // The last one counts: the name of an exec may have been that of another one before.
                _lastEvents[$"{message.Instance}/{message.Process}"] = message.Type;
            }
        }

        foreach (Container container in agency.Containers.Values)
        {
            container.OomAnnounced = Math.Max(container.OomAnnounced, OomWatcher.ReadAnnounced(container));
        }
    }

    /// <summary>How far the events have told of a process.</summary>
    private string? LastEventOf(Container container, SupervisedProcess process) => _lastEvents is null
        ? agency.Events.FindLast(container.Record.Instance, process.Name, EventTypes.ExecAdded, EventTypes.ExecStarted, EventTypes.Exit)?.Type
        : _lastEvents.GetValueOrDefault($"{container.Record.Instance}/{process.Name}");

    private Container? Load(string path)
    {
        string id = Path.GetFileName(path);
        var directory = new ContainerDirectory(path);
        StateRead<ContainerRecord> record = StateFile.Read(directory.Record, StateJson.Default.ContainerRecord);
        if (record.IsMissing && !Directory.Exists(directory.Processes))
        {
            // We were killed between making the directory and writing the first file: there is nothing to it.
            StateTree.Remove(path, agency.Logger);
            return null;
        }

        if (record.Record is null || record.Record.Id != id)
        {
            Quarantine(path, id, record.Problem ?? $"container.json is that of {record.Record!.Id}");
            return null;
        }

        ShareTexts(record.Record);
        var container = new Container(record.Record, directory);
        LoadProcesses(container);
        if (container.Init is null && record.Record.Phase is not (ContainerPhase.Creating or ContainerPhase.Deleting))
        {
            Quarantine(path, id, "the state of its init cannot be read");
            return null;
        }

        return container;
    }

    private void LoadProcesses(Container container)
    {
        if (!Directory.Exists(container.Directory.Processes))
        {
            return;
        }

        foreach (string path in Directory.GetDirectories(container.Directory.Processes))
        {
            string name = Path.GetFileName(path);
            var directory = new ProcessDirectory(path);
            StateRead<ProcessRecord> record = StateFile.Read(directory.Record, StateJson.Default.ProcessRecord);
            if (record.Record is { } known && known.Process == name && known.Instance == container.Record.Instance)
            {
                ShareTexts(known, container.Record);
                var process = new SupervisedProcess(directory, known) { Running = StateFile.Read(directory.Running, StateJson.Default.RunningRecord).Record };
                if (process.Running?.BootId == _bootId)
                {
                    process.Running.BootId = _bootId;
                }

                container.Add(process);
            }
            else if (name[0] == StateTree.RemovedPrefix
                || (record.IsMissing && (container.Record.Phase == ContainerPhase.Deleting || NativeFile.Status(directory.Lock) is null)))
            {
                // We were killed before the first file was whole, or while the files were being deleted. What has no lock never had a shim.
                StateTree.Remove(path, agency.Logger);
            }
            else if (name != Identifier.Init)
            {
                Quarantine(path, $"{container.Id}.{name}", record.Problem ?? $"process.json is that of {record.Record!.Process} of {record.Record.Container}");
            }
        }
    }

    /// <summary>What many records say alike is held once.</summary>
    private void ShareTexts(ContainerRecord record)
    {
        if (_runtime is { } runtime && record.Runtime.IsSameAs(runtime))
        {
            record.Runtime = runtime;
        }

        _runtime = record.Runtime;
        record.Phase = Words.Shared(record.Phase, ContainerPhase.All);
    }

    private void ShareTexts(ProcessRecord record, ContainerRecord of)
    {
        record.Container = of.Id;
        record.Instance = of.Instance;
        record.Action = Words.Shared(record.Action, ProcessAction.All);
        record.BootId = record.BootId == _bootId ? _bootId : record.BootId;
        record.Process = record.Process == Identifier.Init ? Identifier.Init : record.Process;
        record.Bundle = record.Bundle == of.Bundle ? of.Bundle : record.Bundle;
        record.Runtime = record.Runtime.IsSameAs(of.Runtime) ? of.Runtime : record.Runtime;
    }

    private void Resume(Container container)
    {
        switch (container.Record.Phase)
        {
            case ContainerPhase.Deleting:
                container.IsLeaving = true;
                agency.Loop.Start("delete at start", () => container.Queue.RunAsync(() => unfinished.DeleteAsync(container)));
                break;
            case ContainerPhase.Creating:
                agency.Loop.Start("create at start", () => container.Queue.RunAsync(() => unfinished.CreateAsync(container, Resume)));
                break;
            case ContainerPhase.Starting or ContainerPhase.Pausing or ContainerPhase.Resuming:
                agency.Loop.Start("transition at start", () => container.Queue.RunAsync(() => unfinished.TransitionAsync(container, ResumeAll)));
                break;
            default:
                ResumeAll(container, container.AllProcesses());
                break;
        }
    }

    private void ResumeAll(Container container, List<SupervisedProcess> processes)
    {
        foreach (SupervisedProcess process in processes)
        {
            bool isUnfinished = process.Running is null || LastEventOf(container, process) == EventTypes.ExecAdded;
            if (isUnfinished && process.IsInit)
            {
                agency.Loop.Start("init at start", () => unfinished.IdentifyAsync(container, process, Resume));
            }
            else if (isUnfinished)
            {
                agency.Loop.Start("exec at start", () => unfinished.ExecAsync(container, process, Resume));
            }
            else
            {
                Resume(container, process);
            }
        }
    }

    /// <summary>A process that had been started: it has ended, or its shim lives, or its shim is lost.</summary>
    private void Resume(Container container, SupervisedProcess process)
    {
        if (process.IsForgotten || TryEnd(container, process))
        {
            return;
        }

        // The reading end first, the lock after it: a shim that dies in between leaves either a hang-up or a free lock.
        SysResult<Fd> reader = Fifo.OpenReader(process.Directory.Exit);
        if (reader.Error is not (Errno.None or Errno.ENOENT))
        {
            // Our own trouble, such as EMFILE, says nothing of the shim: the process is left alone.
            LogMessages.MonitorFailed(agency.Logger, container.Id, process.Name, reader.Error.Describe());
            return;
        }

        // A shim that has announced the exit in between, to nobody, hangs up no more.
        if (TryEnd(container, process))
        {
            reader.Value?.Dispose();
            return;
        }

        // Where running.json cannot be read, the lock alone tells: who holds it is not touched.
        bool sameBoot = process.Running is null || process.Running.BootId == _bootId;
        if (reader.IsOk && sameBoot && !ShimEnd.HasEnded(process.Directory))
        {
            if (process.IsInit)
            {
                oom.Watch(container);
            }

            exits.Watch(container, process, reader.Value!);
            LogMessages.Restored(agency.Logger, container.Id, process.Name, process.Running?.Pid);
            return;
        }

        reader.Value?.Dispose();
        if (!TryEnd(container, process))
        {
            exits.OnShimLost(container, process);
        }
    }

    private bool TryEnd(Container container, SupervisedProcess process)
    {
        if (StateFile.Read(process.Directory.ExitRecord, StateJson.Default.ExitRecord).Record is not { } exit)
        {
            return false;
        }

        if (process.IsInit)
        {
            exits.OnShimCleansUp(container, process);
        }

        if (LastEventOf(container, process) == EventTypes.Exit)
        {
            process.End(exit);
            Exits.MarkAnnounced(process);
        }
        else
        {
            exits.Finish(container, process, exit);
        }

        return true;
    }

    private void Quarantine(string path, string name, string why)
    {
        string stamp = DateTimeOffset.UtcNow.ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture);
        string target = Path.Combine(agency.Layout.Quarantine, $"{name}.{stamp}");
        SysResult moved = NativeFile.Rename(path, target);
        LogMessages.Quarantined(agency.Logger, path, why, moved.IsOk ? target : moved.Error.Describe());
    }
}
