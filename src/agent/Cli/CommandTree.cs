using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.Json;
using Shimd.Native;

namespace Shimd.Cli;

/// <summary>All verbs, and the one place where what went wrong becomes words and an exit code.</summary>
internal static class CommandTree
{
    private const string Versions = "compare with: shimd version";

    private static readonly Option<bool> s_help = new("--help", "-h") { Description = "show this", Recursive = true, Action = new HelpAction() };

    public static IEnumerable<Option> RecursiveOptions => [.. GlobalOptions.All, s_help];

    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        // '@' begins a file's name in no verb of ours: nothing of the command line is ever read from a file.
        ParseResult parsed = Build().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool json = GlobalOptions.WantsJson(parsed);
        try
        {
            int code = parsed.Errors.Count > 0 ? Refuse(parsed) : ((SynchronousCommandLineAction)parsed.Action!).Invoke(parsed);
            StandardOutput.Flush();
            return code;
        }
        catch (AgentErrorException failure)
        {
            ErrorReport.Print(failure.Error, ContainerOf(parsed), json);
            return ExitCodes.Of(failure.Error, RunsContainer(parsed));
        }
        catch (CliException failure)
        {
            ErrorReport.Print(failure, json);
            return failure.ExitCode == ExitCodes.Usage && RunsContainer(parsed) ? ExitCodes.Unavailable : failure.ExitCode;
        }
        catch (JsonException failure)
        {
            ErrorReport.Print(new CliException(ExitCodes.Unavailable, $"the agent's answer is not understood: {failure.Message}", Versions), json);
            return ExitCodes.Unavailable;
        }
        catch (SysException failure)
        {
            ErrorReport.Print(new CliException(ExitCodes.Unavailable, failure.Message), json);
            return ExitCodes.Unavailable;
        }
    }

    /// <summary>The tree; made anew for each call, since options belong to one parser.</summary>
    public static Command Build()
    {
        var root = new Verb("shimd", "A container supervisor: the agent keeps containers, the verbs talk to it.", [], ShowHelp)
        {
            Examples =
            [
                new("shimd serve &", "start the agent"),
                new("shimd run --rm --bundle ./web web", "run a container and stay with it"),
                new("shimd run -d --bundle ./web web", "run one and leave it"),
                new("shimd ps", "see what there is"),
                new("shimd VERB --help", "more, and examples, for a verb"),
            ],
            Notes = "Exit codes: 1 the agent answered with an error, 2 wrong usage, 125 the agent cannot be reached. "
                + "'run' exits as the container did; 125, 126 and 127 are ours.",
        };
        foreach (Option option in RecursiveOptions)
        {
            root.Add(option);
        }

        foreach (Verb verb in Verbs())
        {
            root.Add(verb);
        }

        return root;
    }

    private static IEnumerable<Verb> Verbs() =>
    [
        ServeVerb.Create(),
        RunVerb.Create(),
        ExecVerb.Create(),
        AttachVerb.Create(),
        CreateVerb.Create(),
        LifecycleVerbs.Start(),
        LifecycleVerbs.Stop(),
        LifecycleVerbs.Kill(),
        LifecycleVerbs.Wait(),
        LifecycleVerbs.Pause(),
        LifecycleVerbs.Resume(),
        LifecycleVerbs.Delete(),
        ListVerb.Create(),
        StateVerb.Create(),
        ProcessVerbs.Processes(),
        ProcessVerbs.Pids(),
        StatsVerb.Create(),
        UpdateVerb.Create(),
        CheckpointVerb.Create(),
        ExplainVerb.Create(),
        EventsVerb.Create(),
        LogsVerb.Create(),
        CallVerb.Create(),
        SchemaVerb.Create(),
        DoctorVerb.Create(),
        VersionVerb.Create(),
    ];

    private static int ShowHelp(ParseResult parsed)
    {
        HelpWriter.Write(parsed.CommandResult.Command);
        return ExitCodes.Usage;
    }

    private static int Refuse(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool isRoot = parsed.CommandResult.Parent is null;
        string message = isRoot && parsed.UnmatchedTokens is [string unknown, ..]
            ? $"there is no verb or option '{unknown}'"
            : Problems(parsed);
        throw new CliException(ExitCodes.Usage, message, $"see: shimd {(isRoot ? "" : command.Name + " ")}--help", "USAGE");
    }

    private static string Problems(ParseResult parsed)
    {
        List<string> problems = [];
        foreach (ParseError error in parsed.Errors)
        {
            string problem = error.Message.TrimEnd('.');
            if (!problems.Contains(problem))
            {
                problems.Add(problem);
            }
        }

        return string.Join("; ", problems);
    }

    private static bool RunsContainer(ParseResult parsed) => parsed.CommandResult.Command.Name is RunVerb.Name or ExecVerb.Name or AttachVerb.Name;

    private static string? ContainerOf(ParseResult parsed) => parsed.CommandResult.Command switch
    {
        { Name: CallVerb.Name } => CallVerb.ContainerOf(parsed),
        { Arguments: [Argument<string> { Name: "ID" } id, ..] } => parsed.GetValue(id),
        _ => null,
    };
}
