using System.CommandLine;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd explain</c>: how a container came to be what it is.</summary>
internal static class ExplainVerb
{
    private static readonly Argument<string> s_id = Options.ContainerId();

    public static Verb Create() => new(
        "explain", "Tells a container's life, step by step: what was done, who asked for it, how long it took, what failed.", [s_id], Run)
    {
        Examples = [new("shimd explain web", "why it is as it is"), new("shimd explain --format json web | jq .steps[-1]", "the last step")],
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement result = client.Call(Methods.Explain, new ContainerParams { Id = parsed.GetValue(s_id)! });
        if (settings.Json)
        {
            StandardOutput.Line(AgentMessage.Raw(result));
        }
        else
        {
            Print(Wire.Read<ExplainResult>(result));
        }

        return ExitCodes.Ok;
    }

    private static void Print(ExplainResult life)
    {
        if (life.Truncated)
        {
            StandardOutput.Line("… (older steps are forgotten)");
        }

        var table = new Table("TIME", "TOOK", "WHO", "STEP", "DETAIL");
        foreach (ExplainStep step in life.Steps)
        {
            table.Add(
                Rfc3339.Format(step.Time),
                step.TookUsec is { } usec ? $"+{HumanText.Duration(usec)}" : "",
                step.By is { } by ? $"uid {by.Uid}, pid {by.Pid}" : "",
                step.Process is null or Identifier.Init ? step.Step : $"{step.Step} {step.Process}",
                StandardOutput.Plain(DetailOf(step)));
        }

        table.Print();
        StandardOutput.Line($"now {life.Status}");
    }

    private static string DetailOf(ExplainStep step)
    {
        string error = step.Error is { } failure ? $"FAILED, {failure.Name}: {failure.Message}" : "";
        string separator = step.Detail is null || step.Error is null ? "" : "; ";
        return $"{step.Detail}{separator}{error}".ReplaceLineEndings(" ");
    }
}
