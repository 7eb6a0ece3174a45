using System.CommandLine;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>The verbs that are one request for each container they name.</summary>
internal static class LifecycleVerbs
{
    private static readonly Argument<string[]> s_ids = Options.ContainerIds();
    private static readonly Option<string?> s_process = Options.Text("--process", "NAME", "a process that exec has added (init)", "-p");

    public static Verb Start() => new(
        "start",
        "Starts the process of a created container.",
        [s_ids],
        parsed => ForEach(
            parsed,
            (client, id) => client.Send(Methods.Start, new ContainerParams { Id = id })))
    {
        Examples = [new("shimd start web", "after shimd create … web"), new("shimd start web db cache", "one after the other")],
    };

    public static Verb Stop()
    {
        Option<string?> time = Options.Seconds("--time", "how long it may take before it is killed (10)", Limits.MaxTimeoutMs / 1000, "-t");
        Option<string?> signal = SignalOption("the signal that asks it to end (SIGTERM)");
        return new Verb(
            "stop",
            "Asks a container to end by a signal, waits, then kills it. Returns when it has ended.",
            [s_ids, time, signal],
            parsed =>
            {
                int? timeoutMs = Options.Milliseconds(parsed, time);
                SignalParam? named = ParseSignal(parsed.GetValue(signal));
                return ForEach(
                    parsed,
                    (client, id) => client.Send(
                        Methods.Stop, new StopParams { Id = id, TimeoutMs = timeoutMs, Signal = named }));
            })
        {
            Examples =
            [
                new("shimd stop web", "SIGTERM, and SIGKILL when it has not ended in time"),
                new("shimd stop -t 60 -s QUIT web", "another signal, and a minute's patience"),
                new("shimd stop $(shimd ps -q)", "all of them, at the same time"),
            ],
        };
    }

    public static Verb Kill()
    {
        Option<string?> signal = SignalOption("the signal, by name or number (SIGTERM)");
        Option<bool> all = Options.Flag("--all", "send it to every process in the container", "-a");
        return new Verb(
            "kill",
            "Sends a signal to a container's process. Does not wait for what comes of it.",
            [s_ids, signal, all, s_process],
            parsed =>
            {
                SignalParam named = ParseSignal(parsed.GetValue(signal)) ?? new SignalParam("SIGTERM", 0);
                bool everyProcess = parsed.GetValue(all);
                string? process = parsed.GetValue(s_process);
                return ForEach(
                    parsed,
                    (client, id) => client.Send(
                        Methods.Kill,
                        new KillParams { Id = id, Process = process, Signal = named, All = everyProcess }));
            })
        {
            Examples =
            [
                new("shimd kill -s HUP web", "have it read its configuration again, if that is what it does at SIGHUP"),
                new("shimd kill -s KILL --all web", "an end to everything in it"),
            ],
        };
    }

    public static Verb Wait()
    {
        Option<string?> timeout = Options.Number("--timeout", "MS", "give up after that long (never)", Limits.MaxTimeoutMs);
        return new Verb(
            "wait",
            "Waits until a container has ended, and prints its exit code. Also answers when it ended long ago.",
            [s_ids, timeout, s_process],
            parsed =>
            {
                int? timeoutMs = Options.Integer(parsed, timeout);
                string? process = parsed.GetValue(s_process);
                return ForEach(
                    parsed,
                    (client, id) => client.Send(
                        Methods.Wait, new WaitParams { Id = id, Process = process, TimeoutMs = timeoutMs }),
                    PrintExit);
            })
        {
            Examples = [new("shimd wait job", "prints 0 if all went well"), new("shimd wait --timeout 0 job", "do not wait: fail if it still runs")],
            Notes = "The exit code is printed, and 'wait' itself exits with 0: 'run' is the verb that exits as the container does.",
        };
    }

    public static Verb Pause() => new(
        "pause",
        "Freezes all processes of a container, until 'resume'.",
        [s_ids],
        parsed => ForEach(parsed, (client, id) => client.Send(Methods.Pause, new ContainerParams { Id = id })))
    {
        Examples = [new("shimd pause web", "it gets no processor time any more; memory and connections stay")],
    };

    public static Verb Resume() => new(
        "resume",
        "Lets a paused container go on.",
        [s_ids],
        parsed => ForEach(parsed, (client, id) => client.Send(Methods.Resume, new ContainerParams { Id = id })))
    {
        Examples = [new("shimd resume web", "after shimd pause web")],
    };

    public static Verb Delete()
    {
        Option<bool> force = Options.Flag("--force", "kill it first if it runs", "-f");
        return new Verb(
            "delete",
            "Removes a stopped container, and with it the record of how it ended.",
            [s_ids, force, s_process],
            parsed =>
            {
                bool kill = parsed.GetValue(force);
                string? process = parsed.GetValue(s_process);
                return ForEach(
                    parsed,
                    (client, id) => client.Send(
                        Methods.Delete, new DeleteParams { Id = id, Process = process, Force = kill }));
            })
        {
            Examples = [new("shimd delete job", "when it has ended"), new("shimd rm -f $(shimd ps -q)", "everything, whatever it is doing")],
        }.WithAliases("rm");
    }

    /// <exception cref="CliException">There is no such signal.</exception>
    internal static SignalParam? ParseSignal(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return Signal.Parse(text) is { } number
            ? char.IsAsciiDigit(text[0]) ? new SignalParam(null, number) : new SignalParam(Signal.NameOf(number), 0)
            : throw CliException.Usage($"there is no signal '{text}'; say TERM, SIGTERM or 15");
    }

    private static Option<string?> SignalOption(string description) => Options.Text("--signal", "SIGNAL", description, "-s");

    private static int ForEach(ParseResult parsed, Func<AgentClient, string, long> send, Func<string, JsonElement, bool>? print = null)
        => new Batch(GlobalOptions.Read(parsed)).Run(parsed.GetValue(s_ids)!, send, print ?? PrintId);

    private static bool PrintId(string id, JsonElement result)
    {
        StandardOutput.Line(id);
        return true;
    }

    private static bool PrintExit(string id, JsonElement result)
    {
        ExitInfo exit = Wire.Read<ExitInfo>(result);
        StandardOutput.Line(exit.Code is null ? ExitSources.Lost : HumanText.Number(exit.Code));
        if (exit.Code is null)
        {
            StandardOutput.ErrorLine($"shimd: {id} has ended, but nobody knows how: {StandardOutput.Plain(exit.Reason ?? "its exit is lost")}");
        }

        return exit.Code is not null;
    }
}
