using System.CommandLine;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd checkpoint</c>: a container's processes, written to disk by CRIU.</summary>
internal static class CheckpointVerb
{
    private static readonly Argument<string> s_id = Options.ContainerId();
    private static readonly Argument<string> s_path = new("PATH") { Description = "a directory for the images" };
    private static readonly Option<bool> s_leaveRunning = Options.Flag("--leave-running", "let it go on; else it has ended then");
    private static readonly Option<bool> s_tcpEstablished = Options.Flag("--tcp-established", "also with open TCP connections");
    private static readonly Option<bool> s_shellJob = Options.Flag("--shell-job", "also with a terminal from outside");
    private static readonly Option<bool> s_extUnixSk = Options.Flag("--ext-unix-sk", "also with Unix sockets to the outside");

    public static Verb Create() => new(
        "checkpoint",
        "Writes a container's processes to disk, to be taken up again with run --restore-from.",
        [s_id, s_path, s_leaveRunning, s_tcpEstablished, s_shellJob, s_extUnixSk],
        Run)
    {
        Examples =
        [
            new("shimd checkpoint web /srv/web.ckpt", "then: shimd rm web; shimd run -d -b ./web --restore-from /srv/web.ckpt web"),
            new("shimd checkpoint --leave-running --tcp-established db /srv/db.ckpt", "a copy of what runs"),
        ],
        Notes = "The runtime does it with CRIU, which must be installed: shimd doctor tells.",
    };

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        var parameters = new CheckpointParams
        {
            Id = parsed.GetValue(s_id)!,
            Path = Path.GetFullPath(parsed.GetValue(s_path)!),
            LeaveRunning = parsed.GetValue(s_leaveRunning),
            TcpEstablished = parsed.GetValue(s_tcpEstablished),
            ShellJob = parsed.GetValue(s_shellJob),
            ExtUnixSk = parsed.GetValue(s_extUnixSk),
        };
        using AgentClient client = AgentClient.Connect(settings);
        CreateVerb.PrintId(parameters.Id, client.Call(Methods.Checkpoint, parameters), settings.Json);
        return ExitCodes.Ok;
    }
}
