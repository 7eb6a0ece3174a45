using System.CommandLine;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd run</c>: in the foreground, see <see cref="ForegroundRun"/>; or detached, which is one call.</summary>
internal static class RunVerb
{
    public const string Name = "run";

    private const int StandardStreams = 3;

    private static readonly CreateOptions s_options = new("this terminal; detached: null", "this terminal; detached: log");
    private static readonly Option<bool> s_detach = Options.Flag("--detach", "leave it running, and print its id", "-d");
    private static readonly Option<bool> s_terminal = Options.Flag("--tty", "its terminal is this one; the bundle's config.json must give it one", "-t");
    private static readonly Option<bool> s_interactive = Options.Flag("--interactive", "pass it standard input, which is what happens anyway", "-i");
    private static readonly Option<string?> s_detachKeys = AttachVerb.DetachKeysOption();
    private static readonly Option<bool> s_remove = Options.Flag("--rm", "delete it when it has ended");

    public static Verb Create() => new(
        Name,
        "Creates and starts a container, passes it this terminal and the signals that come, and exits as it does.",
        [.. s_options.Symbols, s_detach, s_interactive, s_terminal, s_detachKeys, s_remove],
        Run)
    {
        Examples =
        [
            new("shimd run --rm --bundle ./job job", "run it to its end, then forget it"),
            new("shimd run -d --bundle ./web --label tier=front web", "leave it running"),
            new("shimd run -d -b ./web --restore-from /srv/web.ckpt web", "go on from a checkpoint"),
            new("shimd run -it -b ./debian debian", "a terminal; leave it with Ctrl-P Ctrl-Q, come back with: shimd attach debian"),
            new("shimd run -d -b ./web --stdin attach --stdout attach web", "leave it running, to be attached to later"),
            new("shimd run --rm -b ./sort sort <words >sorted", "as a part of a pipeline: the streams are passed on, not copied"),
        ],
        Notes = "Exits with the container's code, 128 + the signal when one killed it; 125 when shimd failed, 126 and 127 when its program "
            + "cannot be executed or was not found. The container does not end with this client, nor with the agent. "
            + "Where the bundle has process.terminal, this terminal becomes the container's, and what is typed is for it, but for the keys that leave it.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        bool remove = parsed.GetValue(s_remove);
        if (parsed.GetValue(s_detach))
        {
            if (parsed.GetValue(s_interactive))
            {
                throw CliException.Usage("-i is for the foreground; for a container that is attached to later: --stdin attach --stdout attach");
            }

            return remove
                ? throw CliException.Usage("--rm is for the foreground: when detached, nobody is there to delete the container at its end")
                : RunDetached(settings, s_options.Read(parsed, passed: null));
        }

        SignalMask.Block();
        List<Fd> stdio = [];
        CreateParams parameters = s_options.Read(parsed, stdio);
        bool terminal = parameters.Stdio?.Stdin?.Kind == StdioKind.Fd && ClientTerminal.IsThere && HasTerminal(parameters.Bundle);
        if (parsed.GetValue(s_terminal) && !terminal)
        {
            throw CliException.Usage(ClientTerminal.IsThere
                ? "-t is for a bundle whose config.json has process.terminal, and for standard input from this terminal"
                : "-t needs a terminal, and standard input is none: leave it out");
        }

        using var run = new ForegroundRun(settings, parameters.Id, terminal, $"shimd stop {parameters.Id}, or shimd kill -s KILL {parameters.Id}");
        return terminal && stdio.Count == StandardStreams
            ? run.RunAttached(parameters, AttachVerb.KeysOf(parsed, s_detachKeys), remove)
            : run.Run(parameters, stdio, remove);
    }

    /// <summary>Whether the bundle gives its process a terminal. What is wrong with the bundle is for the agent to say.</summary>
    private static bool HasTerminal(string bundle)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(Path.Combine(bundle, "config.json"));
        return read.IsOk
            && JsonText.TryRead(read.Value!, out JsonMembers config, out _) is not null
            && config.TryGet("process", out JsonSlice process)
            && process.Kind == JsonValueKind.Object
            && process.GetMembers().TryGet("terminal", out JsonSlice terminal)
            && terminal.Kind == JsonValueKind.True;
    }

    private static int RunDetached(ClientSettings settings, CreateParams parameters)
    {
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement container = client.Call(Methods.Run, parameters);
        CreateVerb.PrintId(parameters.Id, container, settings.Json);
        return ExitCodes.Ok;
    }
}
