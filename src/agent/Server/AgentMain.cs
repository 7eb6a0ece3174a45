using System.Reflection;
using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Storage;
using Shimd.Supervisor;

namespace Shimd.Server;

/// <summary>The role <c>shimd serve</c>: restores what the root tells of, serves the socket, and goes without touching a container.</summary>
internal static class AgentMain
{
    private const int ExitFailed = 1;
    private static readonly TimeSpan s_logRetry = TimeSpan.FromSeconds(1);

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(AgentMain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Serves until SIGTERM or SIGINT. The loop's signals must be blocked in every thread (<see cref="SignalMask"/>).</summary>
    /// <returns>The exit code.</returns>
    public static int Run(AgentOptions options)
    {
        (Readiness? taken, string? problem) = Readiness.Take(options.ReadyFd);
        if (taken is null)
        {
            return Refuse(problem!);
        }

        using Readiness readiness = taken;
        var layout = new StateLayout(Path.GetFullPath(options.Root));
        (FileLock? rootLock, problem) = StateRoot.Open(layout, IsInRoot(SocketOf(options, layout), layout) ? options.Group : null);
        if (rootLock is null)
        {
            return Refuse(problem!);
        }

        using (rootLock)
        using (ILoggerFactory factory = AgentLog.Create(options.LogLevel, options.JsonLog, out StandardErrorLog log))
        {
            ILogger logger = factory.CreateLogger("shimd");
            using var loop = new EventLoop { OnFatal = (name, exception) => LogMessages.Fatal(logger, name, exception.ToString()) };
            log.OnUnsent = () => SendLater(loop, log);
            return loop.Run(() => ServeAsync(loop, options, layout, readiness, logger));
        }
    }

    /// <summary>Nobody reads the log just now.</summary>
    private static void SendLater(EventLoop loop, StandardErrorLog log) => loop.After(s_logRetry, () =>
    {
        if (!log.TrySend())
        {
            SendLater(loop, log);
        }
    });

    private static async Task<int> ServeAsync(EventLoop loop, AgentOptions options, StateLayout layout, Readiness readiness, ILogger logger)
    {
        // Shims are our children, and so, when a shim dies, is what it held.
        ProcessControl.SetName("shimd");
        ulong inheritedLimit = OpenFilesLimit.Raise();
        ProcessControl.BecomeSubreaper().OrThrow("prctl PR_SET_CHILD_SUBREAPER");
        using var signals = new SignalSource(loop);
        var stop = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (int signal in (ReadOnlySpan<int>)[Signal.SIGTERM, Signal.SIGINT])
        {
            signals.Handle(signal, _ => stop.TrySetResult(Signal.NameOf(signal)));
        }

        using var supervisor = new Supervisor.Supervisor(loop, new Reaper(loop, signals), SupervisorOptionsOf(options, layout, inheritedLimit), logger);
        string socket = SocketOf(options, layout);
        using var server = new AgentServer(loop, supervisor, new ServerOptions(socket, options.ReadOnlySocket, options.Group), logger);
        if (server.Listen() is { } problem)
        {
            return Refuse(problem);
        }

        using var image = ImageFile.Publish(layout);
        supervisor.Restore();
        supervisor.AnnounceStarted();
        if (RuntimeFinder.FindDefault() is null && options.Runtime is null)
        {
            LogMessages.NoRuntime(logger, string.Join(", ", RuntimeFinder.KnownNames));
        }

        LogMessages.Serving(logger, Version, layout.Root, socket);
        readiness.Announce(logger);
        LogMessages.Stopping(logger, await stop.Task);
        await server.ShutdownAsync();
        return 0;
    }

    private static string SocketOf(AgentOptions options, StateLayout layout) => options.Socket is { } chosen ? Path.GetFullPath(chosen) : layout.Socket;

    private static bool IsInRoot(string path, StateLayout layout) => Path.GetDirectoryName(path) == layout.Root;

    private static SupervisorOptions SupervisorOptionsOf(AgentOptions options, StateLayout layout, ulong inheritedLimit) => new()
    {
        Layout = layout,
        Runtime = options.Runtime,
        ShimPath = options.Shim is { } shim ? Path.GetFullPath(shim) : "/proc/self/exe",
        OnShimLoss = options.LeaveOnShimLoss ? OnShimLoss.Leave : OnShimLoss.Kill,
        ShimOpenFiles = inheritedLimit,
        RuntimeTimeout = TimeSpan.FromMilliseconds(options.RuntimeTimeoutMs),
    };

    private static int Refuse(string problem)
    {
        using var stderr = new Fd(2, owned: false);
        _ = stderr.WriteAll(System.Text.Encoding.UTF8.GetBytes($"shimd: {problem}\n"));
        return ExitFailed;
    }
}
