using System.CommandLine;
using Microsoft.Extensions.Logging;
using Shimd.Native;
using Shimd.Protocol;
using Shimd.Server;

namespace Shimd.Cli;

/// <summary><c>shimd serve</c>: the agent.</summary>
internal static class ServeVerb
{
    private static readonly Option<string?> s_runtime = Options.Text(
        "--runtime", "NAME|PATH", "the OCI runtime for who names none (the first found of crun, runc, youki)");

    private static readonly Option<string?> s_logLevel = Options.OneOf(
        "--log-level", "the least that is logged, on stderr (info)", "trace", "debug", "info", "warn", "error");

    private static readonly Option<string?> s_logFormat = Options.OneOf("--log-format", "text for people, or a JSON object a line (text)", "text", "json");
    private static readonly Option<string?> s_group = Options.Text("--group", "NAME|GID", "a group that may use the socket; who can, is root on this machine");

    private static readonly Option<string?> s_readOnlySocket = Options.Text(
        "--read-only-socket", "PATH", "a second socket, which serves only what changes nothing");

    private static readonly Option<string?> s_shim = Options.Text("--shim", "PATH", "another shimd to start shims from (this one)");

    private static readonly Option<string?> s_runtimeTimeout = Options.Number(
        "--runtime-timeout", "MS", "the longest a call of the runtime may take (60000)", Limits.MaxTimeoutMs);

    private static readonly Option<string?> s_onShimLoss = Options.OneOf(
        "--on-shim-loss", "what becomes of a process whose shim was killed (kill)", "kill", "leave");

    private static readonly Option<string?> s_readyFd = Options.Number(
        "--ready-fd", "N", "a descriptor that gets a newline once requests are answered", int.MaxValue);

    public static Verb Create() => new(
        "serve",
        "Runs the agent in the foreground. It ends at SIGTERM or SIGINT; containers do not: a new agent on the same root takes them up again.",
        [s_runtime, s_logLevel, s_logFormat, s_group, s_readOnlySocket, s_shim, s_runtimeTimeout, s_onShimLoss, s_readyFd],
        Run)
    {
        Examples =
        [
            new("shimd serve", "state in /run/shimd, for the time until the next boot"),
            new("shimd serve --root /var/lib/shimd", "state that outlives a boot"),
            new("shimd serve --group ops --read-only-socket /run/shimd-ro.sock", "let others in"),
            new("shimd serve --runtime /usr/local/bin/youki --log-format json", "with a certain runtime"),
        ],
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var options = new AgentOptions
        {
            Root = settings.Root,
            Socket = settings.Socket,
            ReadOnlySocket = parsed.GetValue(s_readOnlySocket) is { } path ? Path.GetFullPath(path) : null,
            Group = parsed.GetValue(s_group) is { } group ? GroupFile.Resolve(group) : null,
            Runtime = parsed.GetValue(s_runtime),
            Shim = parsed.GetValue(s_shim),
            LogLevel = ParseLevel(parsed.GetValue(s_logLevel)),
            LeaveOnShimLoss = parsed.GetValue(s_onShimLoss) == "leave",
            ReadyFd = Options.Integer(parsed, s_readyFd),
            JsonLog = parsed.GetValue(s_logFormat) == "json",
        };
        if (Options.Integer(parsed, s_runtimeTimeout) is { } timeoutMs)
        {
            options = options with { RuntimeTimeoutMs = timeoutMs };
        }

        SignalMask.Block();
        return AgentMain.Run(options);
    }

    private static LogLevel ParseLevel(string? word) => word switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
