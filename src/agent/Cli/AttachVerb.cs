using System.CommandLine;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd attach</c>: to the streams of a process that runs.</summary>
internal static class AttachVerb
{
    public const string Name = "attach";

    private static readonly Argument<string> s_id = Options.ContainerId();

    private static readonly Argument<string?> s_process = new("PROCESS")
    {
        Description = "the name of an exec (the container's own process)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> s_noStdin = Options.Flag("--no-stdin", "only look on");
    private static readonly Option<bool> s_block = Options.Flag("--block", "let the process wait for us when we are slow, instead of losing output");
    private static readonly Option<string?> s_proxy = Options.OneOf("--sig-proxy", "whether signals go to the process, or end us (true)", "true", "false");
    private static readonly Option<string?> s_detachKeys = DetachKeysOption();

    public static Verb Create() => new(
        Name,
        "Connects this terminal, or these streams, to a process that runs; exits as it does.",
        [s_id, s_process, s_noStdin, s_detachKeys, s_proxy, s_block],
        Run)
    {
        Examples =
        [
            new("shimd attach web", "back to where 'run -it' was left with Ctrl-P Ctrl-Q"),
            new("shimd attach web sh", "the same for an exec of that name"),
            new("shimd attach --no-stdin --sig-proxy=false web", "look on; Ctrl-C ends only the looking"),
            new("shimd attach job <words >sorted", "its standard input and output; the end of the file is the end of its input"),
        ],
        Notes = "For streams that were made with 'attach' or 'log', such as 'shimd run -d --stdin attach --stdout attach'. What was said before is in "
            + "the log, if there is one. Several may be attached; one that does not read is cut off, and comes back with a word on the loss.",
    };

    /// <summary>For every verb that may have a terminal.</summary>
    public static Option<string?> DetachKeysOption() => Options.Checked(
        Options.Text("--detach-keys", "KEYS", $"what to type to leave a terminal ({DetachKeys.Default})"),
        text => DetachKeys.Parse(text) is not null,
        "must be keys such as ctrl-p,ctrl-q or ctrl-],x, or none");

    public static DetachKeys KeysOf(ParseResult parsed, Option<string?> option) => DetachKeys.Parse(parsed.GetValue(option) ?? DetachKeys.Default)!;

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        string id = parsed.GetValue(s_id)!;
        SignalMask.Block();
        ProcessInfo process;
        ForegroundTarget target;
        using (AgentClient client = AgentClient.Connect(settings))
        {
            ContainerInfo container = Wire.Read<ContainerInfo>(client.Call(Methods.State, new ProcessParams { Id = id }));
            string name = parsed.GetValue(s_process) ?? Identifier.Init;
            target = new ForegroundTarget(id, container.Instance, name == Identifier.Init ? null : name);
            process = Wire.Read<ProcessInfo>(client.Call(Methods.State, new ProcessParams { Id = id, Instance = container.Instance, Process = name }));
        }

        var request = new AttachParams
        {
            Id = id,
            Instance = target.Instance,
            Process = target.Process,
            Raw = true,
            Stdin = !parsed.GetValue(s_noStdin),
            OnFull = parsed.GetValue(s_block) ? LogWords.Block : null,
        };

        // Refused before the terminal goes raw.
        Fd first = Connect(settings, ref request, process.Terminal ? null : [StreamNames.Stdout], out byte[] said);
        bool terminal = process.Terminal && request.Stdin && ClientTerminal.IsThere;
        using var run = new ForegroundRun(
            settings, id, terminal, $"shimd kill -s KILL {(target.Process is null ? "" : $"-p {target.Process} ")}{id}", parsed.GetValue(s_proxy) != "false");
        Fd? opened = first;
        return run.Attach(target, terminal ? KeysOf(parsed, s_detachKeys) : null, hasErrors: !process.Terminal, Attach);

        bool Attach(AttachedStreams streams, int number)
        {
            try
            {
                AttachParams wanted = number == 1 ? request : request with { Stdin = false };
                string[]? names = process.Terminal ? null : [number == 1 ? StreamNames.Stdout : StreamNames.Stderr];
                Fd socket = opened ?? Connect(settings, ref wanted, names, out said);
                opened = null;
                streams.Add(socket, number, wanted.Stdin, said);
                return true;
            }
            catch (AgentErrorException)
            {
                // It has ended; how, the exit tells.
                return false;
            }
        }
    }

    /// <summary>A raw connection. Where the process's stdin is not to be had, we only look on.</summary>
    /// <param name="settings">Where the agent is.</param>
    /// <param name="request">Learns of that.</param>
    /// <param name="streams">Null for both.</param>
    /// <param name="said">What has come behind the reply.</param>
    /// <exception cref="AgentErrorException">It is refused.</exception>
    private static Fd Connect(ClientSettings settings, ref AttachParams request, string[]? streams, out byte[] said)
    {
        AgentClient client = AgentClient.Connect(settings);
        try
        {
            _ = client.Call(Methods.Attach, request with { Streams = streams });
        }
        catch (AgentErrorException failure) when (request.Stdin && (ErrorCode)failure.Error.Code == ErrorCode.NotSupported)
        {
            request = request with { Stdin = false };
            _ = client.Call(Methods.Attach, request with { Streams = streams });
        }

        said = client.Rest.ToArray();
        return client.Fd;
    }
}
