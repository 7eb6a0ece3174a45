using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>Sends the signals that reach the client on to the container.</summary>
internal sealed class SignalForwarding(string id)
{
    private const int SuggestAfter = 3;
    private const long WindowNanoseconds = 10_000_000_000;

    private readonly List<int> _held = [];
    private readonly List<Arrival> _arrivals = [];

    /// <summary>Those that people and supervisors send on purpose.</summary>
    public static ReadOnlySpan<int> Signals =>
        [Signal.SIGINT, Signal.SIGTERM, Signal.SIGHUP, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2];

    /// <summary>Forwards a signal, or holds it until the container is known: by its id alone it could hit another one, which has that
    /// id already and is the reason why ours will not start.</summary>
    /// <param name="signal">What came.</param>
    /// <param name="client">Null while there is no agent.</param>
    /// <param name="instance">Null until the container is there.</param>
    /// <exception cref="CliException">There is nobody to forward to, and the user wants to leave.</exception>
    public void Add(int signal, AgentClient? client, string? instance)
    {
        bool isRequest = signal is Signal.SIGINT or Signal.SIGTERM;
        int times = isRequest ? Count(signal) : 0;
        if (isRequest && client is null)
        {
            throw Left(id, $"{Signal.NameOf(signal)} while there is no agent to forward it to");
        }

        if (client is null || instance is null)
        {
            _held.Add(signal);
            if (times >= SuggestAfter)
            {
                throw Left(id, "the agent has not answered yet");
            }

            return;
        }

        Send(signal, client, instance);
        if (times == SuggestAfter)
        {
            StandardOutput.ErrorLine(
                $"shimd: {Signal.NameOf(signal)} was forwarded {times} times; to end {id} for good: shimd stop {id}, or shimd kill -s KILL {id}");
        }
    }

    /// <summary>Sends what was held.</summary>
    public void Flush(AgentClient client, string? instance)
    {
        if (instance is null)
        {
            return;
        }

        foreach (int signal in _held)
        {
            Send(signal, client, instance);
        }

        _held.Clear();
    }

    /// <summary>Tells of a signal that did not arrive. One that came too late for the container is no news: its exit comes.</summary>
    public static void Report(AgentMessage reply)
    {
        if (reply.Error is { } error && (ErrorCode)error.Code is not (ErrorCode.NotFound or ErrorCode.BadState))
        {
            StandardOutput.ErrorLine($"shimd: a signal was not forwarded: {StandardOutput.Plain(error.Message)}");
        }
    }

    /// <summary>The client goes; the container does not.</summary>
    public static CliException Left(string id, string why)
        => new(ExitCodes.Unavailable, $"left {id}: {why}", $"it may still be running; to see, when the agent is back: shimd state {id}", "LEFT");

    private void Send(int signal, AgentClient client, string instance)
    {
        var parameters = new KillParams { Id = id, Instance = instance, Signal = new SignalParam(Signal.NameOf(signal), 0) };
        client.Send(Methods.Kill, parameters);
    }

    /// <summary>How often it has come of late, this time included.</summary>
    private int Count(int signal)
    {
        long now = TimerFd.Now();
        _arrivals.RemoveAll(arrival => now - arrival.AtNanoseconds > WindowNanoseconds);
        _arrivals.Add(new Arrival(signal, now));
        return _arrivals.Count(arrival => arrival.Signal == signal);
    }

    private sealed record Arrival(int Signal, long AtNanoseconds);
}
