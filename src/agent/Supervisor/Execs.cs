using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>More processes in running containers. They do not queue: a probe must not wait behind a slow operation.</summary>
internal sealed class Execs(Agency agency, ProcessLauncher launcher, Exits exits)
{
    private const string NamePrefix = "exec-";
    private long _lastName;

    /// <summary>Starts the process; with <c>wait</c> answers when it has ended, and then, if it got no name, it is forgotten.</summary>
    /// <param name="request">Validated.</param>
    /// <param name="descriptors">For streams of kind fd; borrowed.</param>
    /// <exception cref="ShimdException">Nothing is left of the process then; TIMEOUT: it has been killed.</exception>
    public async Task<ExecResult> ExecAsync(ExecParams request, IReadOnlyList<Fd> descriptors)
    {
        Container container = agency.Find(request.Id, request.Instance);
        container.Require(Trigger.Exec);
        string name = request.Process ?? NewName(container);
        if (container.Processes.ContainsKey(name))
        {
            throw ShimdException.AlreadyExists($"process {name} of container {container.Id}", container.Record.Instance);
        }

        (StdioRecord stdio, Fd?[] passed) = StdioResolver.Resolve(request.Stdio, descriptors);
        agency.GracePeriod.Begin(agency.Mounts.Cgroups);
        using OutputCapture? output = request.CaptureOutput ? NewCapture() : null;
        using OutputCapture? errors = request.CaptureOutput ? NewCapture() : null;
        if (request.CaptureOutput)
        {
            var capture = new StreamRecord(StreamKind.Fd);
            stdio = new StdioRecord { Stdin = stdio.Stdin, Stdout = capture, Stderr = capture };
            passed = [passed[0], output!.ChildEnd, errors!.ChildEnd];
        }

        SupervisedProcess process = await StartAsync(container, NewRecord(container, name, request, stdio), passed);
        output?.CloseChildEnd();
        errors?.CloseChildEnd();
        if (!request.Wait)
        {
            return ExecResult.From(container.Describe(process));
        }

        await WaitAsync(container, process, request);
        var result = ExecResult.From(container.Describe(process));
        if (request.CaptureOutput)
        {
            result = result.WithOutput(output!.Finish(), errors!.Finish());
        }

        return result;
    }

    /// <summary>The process is there.</summary>
    public void AnnounceStarted(Container container, SupervisedProcess process)
        => agency.Announce(container, EventTypes.ExecStarted, message => message with { Process = process.Name, Pid = process.Running?.Pid });

    /// <summary>The process never came to be: nothing remains of it.</summary>
    public async Task UndoAsync(Container container, SupervisedProcess process)
    {
        await ShimEnd.EndSessionAsync(agency.Loop, process);
        KillLeftOver(container, process);
        Forget(container, process);
    }

    /// <summary>The process has ended, and is known no more.</summary>
    private void Forget(Container container, SupervisedProcess process)
    {
        process.Forget();
        container.Remove(process.Name);
        StateTree.RemoveProcess(process.Directory, agency.Logger);
    }

    /// <summary>The shim may have died after the runtime had started the process, and before anybody was told: it would run on, and
    /// nobody would know. Where only the runtime's pid file names it, it must be in the container's group, and nobody whom we know.</summary>
    private static void KillLeftOver(Container container, SupervisedProcess process)
    {
        process.Running ??= StateFile.Read(process.Directory.Running, StateJson.Default.RunningRecord).Record;
        SysResult<byte[]> named = NativeFile.ReadAll(process.Directory.PidFile);
        if (process.Running is not null)
        {
            _ = process.Send(Signal.SIGKILL);
        }
        else if (named.IsOk
            && int.TryParse(named.Value, System.Globalization.CultureInfo.InvariantCulture, out int pid)
            && PidFd.Open(pid).Value is { } opened)
        {
            using PidFd pidFd = opened;
            bool isKnown = false;
            foreach (SupervisedProcess other in container.Processes.Values)
            {
                isKnown |= other.Running?.Pid == pid;
            }

            if (!isKnown && container.Init?.Running is { } init && Cgroup.Of(init.Pid)?.Pids().Contains(pid) == true)
            {
                _ = pidFd.Send(Signal.SIGKILL);
            }
        }
    }

    private OutputCapture NewCapture() => new(agency.Loop, Limits.MaxCaptureBytes + 1);

    private string NewName(Container container)
    {
        string name;
        do
        {
            name = $"{NamePrefix}{++_lastName}";
        }
        while (container.Processes.ContainsKey(name));
        return name;
    }

    private ProcessRecord NewRecord(Container container, string name, ExecParams request, StdioRecord stdio)
    {
        System.Text.Json.JsonElement spec = request.Spec ?? ExecSpec.Build(container.Find(Identifier.Init).Record.Spec, new ExecChanges
        {
            Arguments = request.Args!,
            Environment = request.Env ?? [],
            WorkingDirectory = request.Cwd,
            User = request.User,
            Terminal = request.Terminal,
            Columns = request.Columns ?? 0,
            Rows = request.Rows ?? 0,
        });
        if (ProcessSpec.ProblemIn(spec) is { } problem)
        {
            throw ShimdException.InvalidParams("spec", problem);
        }

        ProcessRecord init = container.Find(Identifier.Init).Record;
        (string? oomFile, long oomKills) = OomWatcher.CountOf(agency, container);
        int limitMs = (int)agency.Options.RuntimeTimeout.TotalMilliseconds;
        return new ProcessRecord
        {
            Container = container.Id,
            Instance = container.Record.Instance,
            Process = name,
            Action = ProcessAction.Exec,
            Bundle = container.Record.Bundle,
            Runtime = container.Record.Runtime,
            Spec = spec,
            Terminal = new ProcessSpec(spec).Terminal,
            Stdio = stdio,
            Log = LogResolver.ForExec(init.Log, stdio, agency),
            RootUid = init.RootUid,
            RootGid = init.RootGid,
            OomFile = oomFile,
            OomKillsBefore = oomKills,
            TimeoutMs = Math.Min(request.TimeoutMs ?? limitMs, limitMs),
        };
    }

    private async Task<SupervisedProcess> StartAsync(Container container, ProcessRecord record, IReadOnlyList<Fd?> passed)
    {
        SupervisedProcess process = ProcessLauncher.Prepare(container, record, agency.Logger);
        agency.Announce(container, EventTypes.ExecAdded, message => message with { Process = process.Name });
        CrashPoint.Hit(CrashPoint.ExecAdded);
        try
        {
            // The init's own view of its root: with all that is mounted there.
            string? root = container.Init?.Running is { } running ? $"/proc/{running.Pid}/root" : null;
            Fd exitReader = await launcher.LaunchAsync(process, passed, root);
            AnnounceStarted(container, process);
            CrashPoint.Hit(CrashPoint.ExecStarted);
            exits.Watch(container, process, exitReader);
            return process;
        }
        catch (ShimdException) when (container.Status != StatusWords.Running)
        {
            await UndoAsync(container, process);
            throw ShimdException.BadState("exec in", container.Status);
        }
        catch (ShimdException)
        {
            await UndoAsync(container, process);
            throw;
        }
    }

    private async Task WaitAsync(Container container, SupervisedProcess process, ExecParams request)
    {
        TimeSpan? limit = request.TimeoutMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        bool ended = await process.WaitAsync(agency.Loop, limit);
        if (process.IsForgotten)
        {
            throw ShimdException.NotFound($"process {process.Name} of container {container.Id}");
        }

        if (!ended)
        {
            _ = process.Send(Signal.SIGKILL);
            _ = await process.WaitAsync(agency.Loop);
        }

        if (request.Process is null)
        {
            process.LetShimCleanUp();
            await ShimEnd.WaitAsync(agency.Loop, process, TimeSpan.FromSeconds(10));
            CrashPoint.Hit(CrashPoint.ExecEnded);
            Forget(container, process);
        }

        if (!ended)
        {
            throw ShimdException.Timeout("exec", request.TimeoutMs!.Value, StatusWords.Stopped);
        }
    }
}
