using Shimd.Native;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Supervisor;

/// <summary>Signals, and waiting for what they do. Nothing here queues: a runtime that hangs is no reason not to kill.</summary>
internal sealed class Signals(Agency agency)
{
    private const int DefaultStopTimeoutMs = 10_000;
    private static readonly TimeSpan s_killRetry = TimeSpan.FromSeconds(1);

    /// <summary>kill: one process, or with <c>all</c> every process of the container.</summary>
    /// <exception cref="ShimdException">BAD_STATE: it has ended.</exception>
    public async Task KillAsync(KillParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        SupervisedProcess process = container.Find(request.Process ?? Identifier.Init);
        int signal = Resolve(request.Signal);
        ProcessInfo target = container.Describe(process);
        if (Lifecycle.Next(target.Status, Trigger.Kill) is null)
        {
            throw ShimdException.BadState("kill", target.Status, process.IsInit ? "container" : "process");
        }

        if (request.All)
        {
            _ = await agency.InvokeAsync(container, RuntimeCommand.KillAll(container.Id, signal));
            return;
        }

        SysResult sent = process.Send(signal);
        if (sent.Error == Errno.ESRCH)
        {
            throw ShimdException.BadState("kill", StatusWords.Stopped, process.IsInit ? "container" : "process");
        }

        if (!sent.IsOk)
        {
            throw Failure.Of($"cannot signal {container.Id}", sent.Error);
        }
    }

    /// <summary>stop: signal, wait, SIGKILL. A container that has stopped already is answered as it is.</summary>
    public async Task<ContainerInfo> StopAsync(StopParams request)
    {
        Container container = agency.Find(request.Id, request.Instance);
        int signal = request.Signal is null ? Signal.SIGTERM : Resolve(request.Signal);
        Lifecycle.Require(container.Status, Trigger.Stop);
        SupervisedProcess init = container.Find(Identifier.Init);
        if (init.Exit is not null)
        {
            return container.Describe();
        }

        // What waits for start has no program yet that could act on a gentler signal.
        _ = init.Send(container.Status == StatusWords.Created ? Signal.SIGKILL : signal);
        if (container.Status == StatusWords.Paused)
        {
            // A frozen process does not act on any signal.
            _ = await agency.TryInvokeAsync(container, RuntimeCommand.Resume(container.Id));
        }

        TimeSpan limit = TimeSpan.FromMilliseconds(request.TimeoutMs ?? DefaultStopTimeoutMs);
        while (!await init.WaitAsync(agency.Loop, limit) && !init.IsForgotten)
        {
            _ = init.Send(Signal.SIGKILL);
            if (container.Status == StatusWords.Paused)
            {
                // A pause came in between; another one may yet.
                _ = await agency.TryInvokeAsync(container, RuntimeCommand.Resume(container.Id));
            }

            limit = s_killRetry;
        }

        return container.Describe();
    }

    /// <exception cref="ShimdException">TIMEOUT with the status.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<ExitInfo> WaitAsync(WaitParams request, CancellationToken cancellation)
    {
        Container container = agency.Find(request.Id, request.Instance);
        SupervisedProcess process = container.Find(request.Process ?? Identifier.Init);
        TimeSpan? limit = request.TimeoutMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        return await process.WaitAsync(agency.Loop, limit, cancellation)
            ? SupervisedProcess.Describe(process.Exit!)
            : process.IsForgotten ? throw ShimdException.NotFound($"process {process.Name} of container {container.Id}")
            : throw ShimdException.Timeout("wait", request.TimeoutMs!.Value, container.Describe(process).Status);
    }

    private static int Resolve(SignalParam signal)
        => (signal.Name is { } name ? Signal.Parse(name) : Signal.IsValid(signal.Number) ? signal.Number : null)
            ?? throw ShimdException.InvalidParams("signal", $"is no signal: '{signal}'; use a name such as SIGTERM or a number from 1 to 64, but for 32 and 33");
}
