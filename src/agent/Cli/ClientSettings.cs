using System.CommandLine;
using Shimd.Storage;

namespace Shimd.Cli;

/// <summary>Where the agent is, and how to print.</summary>
internal sealed record ClientSettings(string Root, string Socket, bool Json)
{
    /// <summary>What would start the agent that was looked for.</summary>
    public string ServeCommand
    {
        get
        {
            string root = Root == StateLayout.DefaultRoot ? "" : $" --root {Root}";
            string socket = Socket == new StateLayout(Root).Socket ? "" : $" --socket {Socket}";
            return $"shimd serve{root}{socket}";
        }
    }
}

/// <summary>The options that every verb has.</summary>
internal static class GlobalOptions
{
    public const string RootVariable = "SHIMD_ROOT";
    public const string SocketVariable = "SHIMD_SOCKET";

    private const string JsonFormat = "json";

    private static readonly Option<string?> s_root = Recursive(Options.Text(
        "--root", "DIR", $"the agent's state directory (${RootVariable}, else {StateLayout.DefaultRoot})"));

    private static readonly Option<string?> s_socket = Recursive(Options.Text(
        "--socket", "PATH", $"the agent's socket (${SocketVariable}, else shimd.sock in the root)"));

    private static readonly Option<string?> s_format = Recursive(Options.OneOf(
        "--format", "how to print: for people, or a JSON object a line; errors too", "table", JsonFormat));

    public static IReadOnlyList<Option> All { get; } = [s_root, s_socket, s_format];

    public static ClientSettings Read(ParseResult parsed)
    {
        string root = Given(parsed, s_root, RootVariable) ?? StateLayout.DefaultRoot;
        root = Path.GetFullPath(root);
        string socket = Given(parsed, s_socket, SocketVariable) ?? new StateLayout(root).Socket;
        return new ClientSettings(root, Path.GetFullPath(socket), WantsJson(parsed));
    }

    /// <summary>Answers also for a command line that is otherwise wrong.</summary>
    public static bool WantsJson(ParseResult parsed) => parsed.GetResult(s_format)?.Tokens is [{ Value: JsonFormat }];

    // An empty variable is one that is not set, as everywhere in Unix.
    private static string? Given(ParseResult parsed, Option<string?> option, string variable)
        => parsed.GetValue(option) is { } value ? value
            : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } inherited ? inherited
            : null;

    private static Option<string?> Recursive(Option<string?> option)
    {
        option.Recursive = true;
        return option;
    }
}
