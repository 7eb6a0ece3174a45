using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>A shim that was started; its report comes on the ready pipe.</summary>
internal sealed record LaunchedShim(ChildShim Child, Fd ExitReader, Task<ShimReport> Report);

/// <summary>Starts shims: <c>shimd shim</c> in the process's state directory, in a session of its own.</summary>
internal sealed class ShimLauncher(EventLoop loop, Reaper reaper, SupervisorOptions options)
{
    /// <summary>A shim is a small thing, and its heap must stay one: 8 MiB, in hexadecimal without a prefix (with one it is ignored).</summary>
    private const string HeapLimit = "DOTNET_GCHeapHardLimit=800000";

    private const int ControlBacklog = 16;
    private static readonly string s_number = new('0', StartingShim.NumberDigits);

    /// <summary>What this program's start has unpacked, for shims to start with; null where it could not be shared.</summary>
    private readonly Fd? _image = OwnImage();

    /// <summary>Three streams, and a client.</summary>
    private const int MaxStdio = 4;

    /// <summary>0600.</summary>
    private const uint OwnerOnly = 0x180;

    private readonly List<string> _environment = [.. Native.Spawn.CurrentEnvironment(), HeapLimit, $"{ProcessDirectory.OpenFilesVariable}={options.ShimOpenFiles}"];
    private readonly Fd _nothing = NativeFile.OpenNull().OrThrow("/dev/null");
    private readonly Spawner _spawner = new(loop, reaper);

    /// <summary>Starts a shim for what process.json in <paramref name="directory"/> says. The exit fifo's writing end and the lock are
    /// the shim's from the first moment on, even if it dies at once.</summary>
    /// <param name="stdio">Descriptors for streams of kind <c>fd</c>, by stream; borrowed.</param>
    /// <param name="program">The runtime's sealed copy, if there is one; borrowed.</param>
    /// <exception cref="ShimdException">NO_SPACE, PERMISSION_DENIED, INTERNAL.</exception>
    public async Task<LaunchedShim> LaunchAsync(ProcessDirectory directory, ProcessRecord process, IReadOnlyList<Fd?> stdio, Fd? program)
    {
        Check(Fifo.Create(directory.Exit), directory.Exit);
        Fd exit = Check(Fifo.OpenReader(directory.Exit), directory.Exit);
        Fd? report = null;
        try
        {
            using Pipe ready = Check(Pipe.Create(), "pipe2");
            report = Check(ready.Reader.Duplicate(), "fcntl");

            // The next call of the runtime may find another one, and close this.
            using Fd? own = program is null ? null : Check(program.Duplicate(), "fcntl");
            (int pid, Task<WaitStatus> ended) = await SpawnAsync(directory, process, [.. Padded(stdio), own, _image], ready.Writer);
            ready.Writer.Dispose();
            var shim = new ChildShim(pid, () => reaper.Await(pid, ended));
            return new LaunchedShim(shim, exit, ReadReportAsync(report, shim));
        }
        catch (Exception failure) when (failure is ShimdException or SysException)
        {
            // Nothing was started.
            exit.Dispose();
            report?.Dispose();
            throw;
        }
    }

    private async Task<(int Pid, Task<WaitStatus> Ended)> SpawnAsync(ProcessDirectory directory, ProcessRecord process, Fd?[] passed, Fd ready)
    {
        using Fd writer = Check(Fifo.OpenWriter(directory.Exit), directory.Exit);
        using FileLock shimLock = Check(FileLock.TryTake(directory.Lock), directory.Lock);
        using Fd log = Check(NativeFile.OpenAppend(directory.ShimLog), directory.ShimLog);
        using Fd control = Check(UnixSocket.ListenAnywhere(directory.Control, ControlBacklog, OwnerOnly), directory.Control);
        CrashPoint.Hit(CrashPoint.LaunchBeforeSpawn);
        List<string> arguments = ["shimd", "shim", process.Container, process.Process];
        var request = new SpawnRequest
        {
            Path = options.ShimPath,
            Arguments = [.. arguments, .. EarlyStart(directory, process)],
            Environment = _environment,
            WorkingDirectory = directory.Path,
            Descriptors = [_nothing, _nothing, log, ready, control, writer, shimLock.Fd, .. passed],
            NewSession = true,
            BlockLoopSignals = true,
        };
        (SysResult spawned, Task<WaitStatus>? ended) = await _spawner.StartAsync(request);
        if (spawned.Error == Errno.E2BIG)
        {
            // Then the shim finds that out, and can say what it called.
            (spawned, ended) = await _spawner.StartAsync(request with { Arguments = arguments });
        }

        CrashPoint.Hit(CrashPoint.LaunchAfterSpawn);
        return ended is not null ? ((int)spawned.Value, ended) : throw Failure.Of($"cannot start the shim {options.ShimPath}", spawned.Error);
    }

    /// <summary>For StartingShim: three numbers to be filled in, and what to call.</summary>
    private static List<string> EarlyStart(ProcessDirectory directory, ProcessRecord process)
        => StartCommand.NeedsNoPreparation(process)
            ? ["start", s_number, s_number, s_number, .. RuntimeCommand.Compose(process.Runtime, directory.RuntimeLog, StartCommand.Verb(process, directory, null))]
            : [];

    private static Fd? OwnImage()
    {
        var image = new Fd(EarlyLibc.ImageDescriptor, owned: false);
        return NativeFile.IsSealed(image) ? image : null;
    }

    private static Fd?[] Padded(IReadOnlyList<Fd?> stdio)
    {
        var padded = new Fd?[MaxStdio];
        for (int i = 0; i < stdio.Count; i++)
        {
            padded[i] = stdio[i];
        }

        return padded;
    }

    /// <summary>The one line of the ready pipe; its end without a line means that the shim has died.</summary>
    private async Task<ShimReport> ReadReportAsync(Fd reader, ChildShim shim)
    {
        using (reader)
        {
            byte[] line = await LineFrom.ReadAsync(loop, reader);
            if (line.Length > 0)
            {
                return MessageReader.Read<ShimReport>(line);
            }
        }

        WaitStatus status = await shim.WaitAsync();
        string how = status.Signal == 0 ? $"with exit code {status.ExitCode}" : $"by {Signal.NameOf(status.Signal)}";
        return new ShimReport { Problem = new ShimProblem($"the shim ended {how} before it had started the process; see shim.log") };
    }

    private static void Check(SysResult result, string path)
    {
        if (!result.IsOk)
        {
            throw Failure.Of(path, result.Error);
        }
    }

    private static T Check<T>(SysResult<T> result, string path)
        where T : class
        => result.Value ?? throw Failure.Of(path, result.Error);
}
