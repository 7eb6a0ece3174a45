using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd exec</c>: another process in a running container, in the foreground as <c>run</c> is, or detached.</summary>
internal static class ExecVerb
{
    public const string Name = "exec";

    private static readonly Argument<string> s_id = Options.ContainerId();

    private static readonly Argument<string[]> s_arguments = new("ARGS")
    {
        Description = "after --: the program in the container, and its arguments",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> s_terminal = Options.Flag("--tty", "give it a terminal, with this one as its keyboard and screen", "-t");
    private static readonly Option<bool> s_interactive = Options.Flag("--interactive", "pass it standard input; -t does so too", "-i");
    private static readonly Option<string?> s_detachKeys = AttachVerb.DetachKeysOption();
    private static readonly Option<bool> s_detach = Options.Flag("--detach", "leave it running, and print its name", "-d");

    private static readonly Option<string?> s_user = Options.Checked(
        Options.Text("--user", "UID[:GID]", "who it runs as, in numbers (as the container's own process)", "-u"),
        text => text.Split(':') is [var uid] ? IsNumber(uid) : text.Split(':') is [var user, var gid] && IsNumber(user) && IsNumber(gid),
        "must be UID or UID:GID, in numbers");

    private static readonly Option<string?> s_cwd = Options.Text("--cwd", "DIR", "its working directory in the container", "-w");
    private static readonly Option<string[]> s_env = Options.Several("--env", "NAME=VALUE", "a variable more than the container's own process has", "-e");
    private static readonly Option<string?> s_name = Options.Text("--name", "NAME", "what to call it, for kill and wait (the agent's choice)");

    public static Verb Create() => new(
        Name,
        "Runs another process in a running container, passes it this terminal's output and the signals that come, and exits as it does.",
        [s_id, s_arguments, s_terminal, s_interactive, s_detachKeys, s_detach, s_user, s_cwd, s_env, s_name],
        Run)
    {
        Examples =
        [
            new("shimd exec web -- ls -l /srv", "see what a command says"),
            new("shimd exec -it web -- sh", "a shell, to look around; leave it alone with Ctrl-P Ctrl-Q"),
            new("shimd exec -i db -- restore <dump", "with standard input"),
            new("shimd exec -d --name tick --user 1000:1000 --env PACE=slow web -- ticker", "leave it running; see: shimd state web tick"),
        ],
        Notes = "Exits with the process's code, 128 + the signal when one killed it; 125 when shimd failed, 126 and 127 when the program "
            + "cannot be executed or was not found. In the foreground the record of the process is deleted at its end; "
            + "one that was detached is kept until: shimd delete -p NAME ID.",
    };

    private static int Run(ParseResult parsed)
    {
        bool hasDashes = false;
        foreach (Token token in parsed.Tokens)
        {
            hasDashes |= token.Type == TokenType.DoubleDash;
        }

        if (!hasDashes)
        {
            throw CliException.Usage("put -- before the program, so that its options are not taken for ours: shimd exec ID -- PROGRAM");
        }

        ClientSettings settings = GlobalOptions.Read(parsed);
        bool terminal = parsed.GetValue(s_terminal);
        if (parsed.GetValue(s_detach))
        {
            return parsed.GetValue(s_interactive)
                ? throw CliException.Usage("-i is for the foreground: what is detached has no standard input")
                : RunDetached(settings, Read(parsed));
        }

        if (terminal && !ClientTerminal.IsThere)
        {
            throw CliException.Usage("-t needs a terminal, and standard input is none: leave it out, or use -i to pass standard input as it is");
        }

        SignalMask.Block();
        List<Fd> stdio = [];
        ExecParams parameters = Read(parsed);
        parameters = parameters with
        {
            Stdio = new StdioParams
            {
                Stdin = terminal || parsed.GetValue(s_interactive) ? CreateOptions.Pass(0, stdio) : null,
                Stdout = CreateOptions.Pass(1, stdio),
                Stderr = CreateOptions.Pass(2, stdio),
            },
        };
        string end = parameters.Process is { } name
            ? $"shimd kill -s KILL -p {name} {parameters.Id}"
            : $"shimd processes {parameters.Id}, then shimd kill -s KILL -p PROCESS {parameters.Id}";
        using var run = new ForegroundRun(settings, parameters.Id, terminal, end);
        return terminal ? run.ExecAttached(parameters, AttachVerb.KeysOf(parsed, s_detachKeys)) : run.Exec(parameters, stdio);
    }

    private static int RunDetached(ClientSettings settings, ExecParams parameters)
    {
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement process = client.Call(Methods.Exec, parameters);
        CreateVerb.PrintId(Wire.Read<ExecResult>(process).Process, process, settings.Json);
        return ExitCodes.Ok;
    }

    private static ExecParams Read(ParseResult parsed) => new()
    {
        Id = parsed.GetValue(s_id)!,
        Process = parsed.GetValue(s_name),
        Args = parsed.GetValue(s_arguments),
        Env = parsed.GetValue(s_env) is { Length: > 0 } variables ? variables : null,
        Cwd = parsed.GetValue(s_cwd),
        User = parsed.GetValue(s_user),
        Terminal = parsed.GetValue(s_terminal),
    };

    private static bool IsNumber(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
