using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>Sends the signals that reach the client on to the process it stays with.</summary>
/// <param name="id">The container.</param>
/// <param name="endCommand">What to type to make an end of it.</param>
internal sealed class SignalForwarding(string id, string endCommand)
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
    /// <param name="target">Null until the process is there.</param>
    /// <exception cref="CliException">There is nobody to forward to, and the user wants to leave.</exception>
    public void Add(int signal, AgentClient? client, ForegroundTarget? target)
    {
        bool isRequest = signal is Signal.SIGINT or Signal.SIGTERM;
        int times = isRequest ? Count(signal) : 0;
        if (isRequest && client is null)
        {
            throw Left(id, $"{Signal.NameOf(signal)} while there is no agent to forward it to");
        }

        if (client is null || target is null)
        {
            _held.Add(signal);
            if (times >= SuggestAfter)
            {
                throw Left(id, "the agent has not answered yet");
            }

            return;
        }

        client.Send(Methods.Kill, target.Kill(signal));
        if (times == SuggestAfter)
        {
            StandardOutput.ErrorLine(
                $"shimd: {Signal.NameOf(signal)} was forwarded {times} times; to end it for good: {endCommand}");
        }
    }

    /// <summary>Sends what was held.</summary>
    public void Flush(AgentClient client, ForegroundTarget? target)
    {
        if (target is null)
        {
            return;
        }

        foreach (int signal in _held)
        {
            client.Send(Methods.Kill, target.Kill(signal));
        }

        _held.Clear();
    }

    /// <summary>Tells of a signal, or a new size, that did not arrive. One that came too late is no news: the exit comes.</summary>
    public static void Report(AgentMessage reply)
    {
        if (reply.Error is { } error && (ErrorCode)error.Code is not (ErrorCode.NotFound or ErrorCode.BadState))
        {
            StandardOutput.ErrorLine($"shimd: not forwarded: {StandardOutput.Plain(error.Message)}");
        }
    }

    /// <summary>The client goes; the container does not.</summary>
    public static CliException Left(string id, string why)
        => new(ExitCodes.Unavailable, $"left {id}: {why}", $"it may still be running; to see, when the agent is back: shimd state {id}", "LEFT");

    /// <summary>How often it has come of late, this time included.</summary>
    private int Count(int signal)
    {
        long now = TimerFd.Now();
        _arrivals.RemoveAll(arrival => now - arrival.AtNanoseconds > WindowNanoseconds);
        _arrivals.Add(new Arrival(signal, now));
        int count = 0;
        foreach (Arrival arrival in _arrivals)
        {
            count += arrival.Signal == signal ? 1 : 0;
        }

        return count;
    }

    private sealed record Arrival(int Signal, long AtNanoseconds);
}
