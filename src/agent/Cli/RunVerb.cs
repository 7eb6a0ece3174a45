using System.CommandLine;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd run</c>: in the foreground, see <see cref="ForegroundRun"/>; or detached, which is one call.</summary>
internal static class RunVerb
{
    public const string Name = "run";

    private static readonly CreateOptions s_options = new("this terminal; detached: null");
    private static readonly Option<bool> s_detach = Options.Flag("--detach", "leave it running, and print its id", "-d");
    private static readonly Option<bool> s_remove = Options.Flag("--rm", "delete it when it has ended");

    public static Verb Create() => new(
        Name,
        "Creates and starts a container, passes it this terminal and the signals that come, and exits as it does.",
        [.. s_options.Symbols, s_detach, s_remove],
        Run)
    {
        Examples =
        [
            new("shimd run --rm --bundle ./job job", "run it to its end, then forget it"),
            new("shimd run -d --bundle ./web --label tier=front web", "leave it running"),
            new("shimd run -d -b ./web --restore-from /srv/web.ckpt web", "go on from a checkpoint"),
            new("shimd run --rm -b ./sort sort <words >sorted", "as a part of a pipeline: the streams are passed on, not copied"),
        ],
        Notes = "Exits with the container's code, 128 + the signal when one killed it; 125 when shimd failed, 126 and 127 when its program "
            + "cannot be executed or was not found. The container does not end with this client, nor with the agent. "
            + "Where the bundle has process.terminal, this terminal becomes the container's, and what is typed is for it.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        bool remove = parsed.GetValue(s_remove);
        if (parsed.GetValue(s_detach))
        {
            return remove
                ? throw CliException.Usage("--rm is for the foreground: when detached, nobody is there to delete the container at its end")
                : RunDetached(settings, s_options.Read(parsed, passed: null));
        }

        SelfExecution.BlockSignals();
        List<Fd> stdio = [];
        CreateParams parameters = s_options.Read(parsed, stdio);
        bool terminal = parameters.Stdio?.Stdin?.Kind == StdioKind.Fd && ClientTerminal.IsThere && HasTerminal(parameters.Bundle);
        using var run = new ForegroundRun(settings, parameters.Id, terminal, $"shimd stop {parameters.Id}, or shimd kill -s KILL {parameters.Id}");
        return run.Run(parameters, stdio, remove);
    }

    /// <summary>Whether the bundle gives its process a terminal. What is wrong with the bundle is for the agent to say.</summary>
    private static bool HasTerminal(string bundle)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(Path.Combine(bundle, "config.json"));
        using JsonDocument? config = read.IsOk ? JsonText.TryParse(read.Value!, out _) : null;
        return config is { RootElement.ValueKind: JsonValueKind.Object }
            && config.RootElement.TryGetProperty("process"u8, out JsonElement process)
            && process.ValueKind == JsonValueKind.Object
            && process.TryGetProperty("terminal"u8, out JsonElement terminal)
            && terminal.ValueKind == JsonValueKind.True;
    }

    private static int RunDetached(ClientSettings settings, CreateParams parameters)
    {
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement container = client.Call(Methods.Run, parameters);
        CreateVerb.PrintId(parameters.Id, container, settings.Json);
        return ExitCodes.Ok;
    }
}
