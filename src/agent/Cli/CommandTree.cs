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

    /// <summary>In the order of the help.</summary>
    private static readonly string[] s_verbs =
    [
        "serve", RunVerb.Name, ExecVerb.Name, AttachVerb.Name, "create", "start", "stop", "kill", "wait", "pause", "resume", "delete", "ps", "state", "processes", "pids",
        "stats", "update", "checkpoint", "explain", "events", "logs", CallVerb.Name, "schema", "doctor", "version",
    ];

    private static readonly Option<bool> s_help = new("--help", "-h") { Description = "show this", Recursive = true, Action = new HelpAction() };

    public static IEnumerable<Option> RecursiveOptions => [.. GlobalOptions.All, s_help];

    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        // '@' begins a file's name in no verb of ours: nothing of the command line is ever read from a file.
        ParseResult parsed = Build(args is [string first, ..] ? first : null).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
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
    /// <param name="word">What the command line begins with. Where it is a verb's name, the tree has that verb alone: the others are a tenth of a client's work.</param>
    public static Command Build(string? word = null)
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

        if (word is not null && Create(word) is { } named)
        {
            root.Add(named);
            return root;
        }

        foreach (string name in s_verbs)
        {
            root.Add(Create(name)!);
        }

        return root;
    }

    private static Verb? Create(string name) => name switch
    {
        "serve" => ServeVerb.Create(),
        RunVerb.Name => RunVerb.Create(),
        ExecVerb.Name => ExecVerb.Create(),
        AttachVerb.Name => AttachVerb.Create(),
        "create" => CreateVerb.Create(),
        "start" => LifecycleVerbs.Start(),
        "stop" => LifecycleVerbs.Stop(),
        "kill" => LifecycleVerbs.Kill(),
        "wait" => LifecycleVerbs.Wait(),
        "pause" => LifecycleVerbs.Pause(),
        "resume" => LifecycleVerbs.Resume(),
        "delete" => LifecycleVerbs.Delete(),
        "ps" => ListVerb.Create(),
        "state" => StateVerb.Create(),
        "processes" => ProcessVerbs.Processes(),
        "pids" => ProcessVerbs.Pids(),
        "stats" => StatsVerb.Create(),
        "update" => UpdateVerb.Create(),
        "checkpoint" => CheckpointVerb.Create(),
        "explain" => ExplainVerb.Create(),
        "events" => EventsVerb.Create(),
        "logs" => LogsVerb.Create(),
        CallVerb.Name => CallVerb.Create(),
        "schema" => SchemaVerb.Create(),
        "doctor" => DoctorVerb.Create(),
        "version" => VersionVerb.Create(),
        _ => null,
    };

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
