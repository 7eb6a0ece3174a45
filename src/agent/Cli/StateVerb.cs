using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd state</c>: all that is known of one container, or of one of its processes.</summary>
internal static class StateVerb
{
    private static readonly Argument<string> s_id = Options.ContainerId();

    private static readonly Argument<string?> s_process = new("PROCESS")
    {
        Description = "a process of its: init, or one that exec has added",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Verb Create() => new("state", "Shows all that is known of a container, or of one of its processes.", [s_id, s_process], Run)
    {
        Examples =
        [
            new("shimd state web", "the container"),
            new("shimd state web init", "its first process, with its arguments"),
            new("shimd state --format json web | jq .pid", "one member of it"),
        ],
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var parameters = new ProcessParams { Id = parsed.GetValue(s_id)!, Process = parsed.GetValue(s_process) };
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement result = client.Call(Methods.State, parameters);
        if (settings.Json)
        {
            StandardOutput.Line(AgentMessage.Raw(result));
        }
        else if (parameters.Process is null)
        {
            Print(Wire.Read<ContainerInfo>(result), DateTimeOffset.UtcNow);
        }
        else
        {
            Print(Wire.Read<ProcessInfo>(result), DateTimeOffset.UtcNow);
        }

        return ExitCodes.Ok;
    }

    private static void Print(ContainerInfo container, DateTimeOffset now)
    {
        var table = new Table();
        table.Add("ID", container.Id);
        table.Add("STATUS", container.Status);
        table.Add("PID", HumanText.Number(container.Pid));
        table.Add("EXIT", Describe(container.Exit, now));
        table.Add("CREATED", HumanText.Time(container.CreatedAt, now));
        table.Add("STARTED", HumanText.Time(container.StartedAt, now));
        table.Add("BUNDLE", StandardOutput.Plain(container.Bundle));
        table.Add("RUNTIME", StandardOutput.Plain(container.Runtime));
        table.Add("INSTANCE", container.Instance);
        table.Add("PROCESSES", string.Join(' ', container.Processes));
        foreach ((string key, string value) in container.Labels)
        {
            table.Add("LABEL", StandardOutput.Plain($"{key}={value}"));
        }

        table.Print();
    }

    private static void Print(ProcessInfo process, DateTimeOffset now)
    {
        var table = new Table();
        table.Add("ID", process.Id);
        table.Add("PROCESS", process.Process);
        table.Add("STATUS", process.Status);
        table.Add("PID", HumanText.Number(process.Pid));
        table.Add("EXIT", Describe(process.Exit, now));
        table.Add("STARTED", HumanText.Time(process.StartedAt, now));
        table.Add("TERMINAL", process.Terminal ? "yes" : "no");
        table.Add("ARGS", StandardOutput.Plain(string.Join(' ', process.Args)));
        table.Print();
    }

    private static string Describe(ExitInfo? exit, DateTimeOffset now)
    {
        if (exit is null)
        {
            return HumanText.None;
        }

        string core = exit.CoreDumped ? ", core dumped" : "";
        string reason = exit.Reason is { } why ? $", {StandardOutput.Plain(why)}" : "";
        return $"{HumanText.Exit(exit)}{core}{reason}, {HumanText.Time(exit.At, now)}, {exit.Source}";
    }
}
