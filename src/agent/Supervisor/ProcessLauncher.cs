using System.Text.Json;
using Microsoft.Extensions.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Brings a process under supervision: its directory, its shim, and the shim's word that it runs.</summary>
internal sealed class ProcessLauncher(Agency agency)
{
    /// <summary>What a shim may take beyond the runtime's own deadline, for cleaning up after it.</summary>
    private static readonly TimeSpan s_shimGrace = TimeSpan.FromSeconds(15);

    /// <summary>How long a shim may take to say what came of its start.</summary>
    public static TimeSpan DeadlineOf(SupervisedProcess process) => TimeSpan.FromMilliseconds(process.Record.TimeoutMs) + s_shimGrace;

    /// <summary>Writes down what is to be started; the process is then known to its container.</summary>
    /// <exception cref="ShimdException">NO_SPACE, …: nothing is left of it then.</exception>
    public static SupervisedProcess Prepare(Container container, ProcessRecord record, ILogger logger)
    {
        ProcessDirectory directory = container.Directory.Process(record.Process);
        MakeNew(directory.Path);
        CrashPoint.Hit(CrashPoint.ProcessDirectoryMade);
        try
        {
            bool isExec = record.Action == ProcessAction.Exec;

            // Of a container's own the shim syncs it, while the runtime works: until that is done the container is one that is being created.
            byte[] content = JsonSerializer.SerializeToUtf8Bytes(record, StateJson.Default.ProcessRecord);
            Check(isExec ? StateFile.Write(directory.Record, content) : AtomicFile.Write(directory.Record, content, durable: false), directory.Record);
            if (isExec)
            {
                SyncNames(container.Directory.Processes);
                Check(AtomicFile.Write(directory.ExecSpec, System.Text.Encoding.UTF8.GetBytes(record.Spec.GetRawText()), durable: false), directory.ExecSpec);
            }
        }
        catch (ShimdException)
        {
            StateTree.RemoveProcess(directory, logger);
            throw;
        }

        CrashPoint.Hit(CrashPoint.ProcessRecordWritten);
        var process = new SupervisedProcess(directory, record);
        container.Add(process);
        return process;
    }

    /// <summary>Starts the shim and waits for its word.</summary>
    /// <param name="process">Prepared.</param>
    /// <param name="passed">Descriptors for streams of kind fd; borrowed.</param>
    /// <param name="rootDirectory">Where to look for the program, should the runtime fail.</param>
    /// <returns>The exit fifo's reading end, which is the caller's.</returns>
    /// <exception cref="ShimdException">Nothing runs then.</exception>
    public async Task<Fd> LaunchAsync(SupervisedProcess process, IReadOnlyList<Fd?> passed, string? rootDirectory)
    {
        LaunchedShim shim = await agency.Launcher.LaunchAsync(process.Directory, process.Record, passed, agency.Program.Of(process.Record.Runtime));
        process.Shim = shim.Child;

        // A shim that does not even keep its own deadlines is hung itself.
        using LoopTimer timer = agency.Loop.After(DeadlineOf(process), shim.Child.Kill);
        ShimReport report = await shim.Report;
        CrashPoint.Hit(CrashPoint.LaunchReported);
        if (report.Pid is not null)
        {
            process.Running = RunningOf(process, report, shim.Child.Pid);
            return shim.ExitReader;
        }

        shim.ExitReader.Dispose();
        throw report.Runtime is { } outcome
            ? Failure.Of(process.Record.Action, outcome, rootDirectory, new ProcessSpec(process.Record.Spec))
            : Failure.OfNamed(report.Problem!.Message, report.Problem.Errno);
    }

    /// <summary>Who it is, as the shim said, also where there is no descriptor left to read it with; a shim of an older version leaves that to running.json.</summary>
    private static RunningRecord? RunningOf(SupervisedProcess process, ShimReport report, int shim) => report.At is null
        ? StateFile.Read(process.Directory.Running, StateJson.Default.RunningRecord).Record
        : new RunningRecord
        {
            Pid = report.Pid!.Value,
            StartTicksNumber = report.StartTicks,
            BootId = process.Record.BootId ?? ProcessIdentity.BootId(),
            ShimPid = shim,
            AtText = report.At,
        };

    /// <exception cref="ShimdException">It exists, or cannot be made.</exception>
    public static void MakeNew(string path) => Check(NativeFile.MakeDirectory(path), path);

    /// <summary>After the files below: what is written there already costs nothing more.</summary>
    /// <exception cref="ShimdException">INTERNAL: a failing disk.</exception>
    public static void SyncNames(string directory) => Check(StateFile.SyncNames(directory), directory);

    private static void Check(SysResult result, string path)
    {
        if (!result.IsOk)
        {
            throw Failure.Of($"cannot write {path}", result.Error);
        }
    }
}
