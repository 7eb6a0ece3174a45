using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd logs</c>: what a container has said, its stdout to ours and its stderr to ours, byte for byte.</summary>
internal static class LogsVerb
{
    private const int MaxTail = 1_000_000;
    private const int RetryMs = 200;
    private const long NanosecondsPerMs = 1_000_000;

    /// <summary>As long as 'run' waits for an agent that was replaced.</summary>
    private const long MaxAbsenceMs = 300_000;

    private static readonly Argument<string> s_id = Options.ContainerId();
    private static readonly Option<bool> s_follow = Options.Flag("--follow", "go on until it has ended", "-f");
    private static readonly Option<string?> s_tail = Options.Number("--tail", "N", "only the last N lines", MaxTail, "-n");
    private static readonly Option<bool> s_timestamps = Options.Flag("--timestamps", "begin each line with its time", "-t");
    private static readonly Option<string?> s_process = Options.Text("--process", "NAME", "a process that exec has added (init)", "-p");

    private static readonly Option<string?> s_since = Options.Checked(
        Options.Text("--since", "TIME", "only what came later: 2026-11-23T18:53:43Z, or 90s, 10m, 2h, 1d ago"),
        text => ParseSince(text, DateTimeOffset.UtcNow) is not null,
        "must be a time such as 2026-11-23T18:53:43Z, or how long ago, such as 10m");

    public static Verb Create() => new(
        "logs", "Prints what a container has said, if it is logged.", [s_id, s_follow, s_tail, s_since, s_timestamps, s_process], Run)
    {
        Examples =
        [
            new("shimd logs web", "all that is kept; of a container that has ended, too"),
            new("shimd logs -f -n 20 web", "the last 20 lines, and what comes"),
            new("shimd logs --since 10m -t web 2>/dev/null", "standard output of the last ten minutes, with times"),
        ],
        Notes = "Standard output goes to standard output, standard error to standard error. With -f it ends when the container has ended, "
            + "and goes on over a restart of the agent.",
    };

    /// <summary>An RFC 3339 time, or so long before now.</summary>
    internal static DateTimeOffset? ParseSince(string text, DateTimeOffset now)
    {
        if (Rfc3339.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        int seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        return seconds > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? now - TimeSpan.FromSeconds((double)number * seconds)
            : null;
    }

    private static int Run(ParseResult parsed)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        string id = parsed.GetValue(s_id)!;
        var parameters = new LogsParams
        {
            Id = id,
            Process = parsed.GetValue(s_process),
            Follow = parsed.GetValue(s_follow),
            Tail = Options.Integer(parsed, s_tail),
            Since = parsed.GetValue(s_since) is { } since ? Rfc3339.Format(ParseSince(since, DateTimeOffset.UtcNow)!.Value, digits: 9) : null,
        };
        var output = new LogOutput(settings.Json, parsed.GetValue(s_timestamps));
        AgentClient client = AgentClient.Connect(settings);
        try
        {
            // Over a restart of the agent it must still be this one.
            ContainerInfo container = Wire.Read<ContainerInfo>(client.Call(Methods.State, new ProcessParams { Id = id }));
            parameters = parameters with { Instance = container.Instance };
            while (!Print(client, parameters, output))
            {
                client.Dispose();
                client = Reconnect(settings, id);
                parameters = output.Cursor is { } cursor ? parameters with { From = cursor, Tail = null } : parameters;
            }
        }
        finally
        {
            client.Dispose();
        }

        return ExitCodes.Ok;
    }

    /// <returns>False when the agent went away, and there may be more.</returns>
    private static bool Print(AgentClient client, LogsParams parameters, LogOutput output)
    {
        long request = client.Send(Methods.Logs, parameters);
        while (true)
        {
            AgentMessage? message = client.TryTake();
            if (message is null)
            {
                // Somebody may be watching: nothing is kept back while we wait.
                StandardOutput.Flush();
                if (!client.Fill())
                {
                    return parameters.Follow ? false : throw AgentClient.Closed();
                }
            }
            else if (message.IsEvent)
            {
                output.Print(message.Event);
            }
            else if (message.Error is { } error)
            {
                return parameters.Follow && (ErrorCode)error.Code == ErrorCode.ShuttingDown ? false : throw new AgentErrorException(error);
            }
            else if (message.Id == request)
            {
                return true;
            }
        }
    }

    private static AgentClient Reconnect(ClientSettings settings, string id)
    {
        StandardOutput.ErrorLine($"shimd: the agent has gone; {id} lives on, waiting for the agent to come back");
        using var nothing = new Epoll();
        long deadline = TimerFd.Now() + (MaxAbsenceMs * NanosecondsPerMs);
        while (TimerFd.Now() < deadline)
        {
            nothing.Wait(RetryMs).OrThrow("epoll_wait");
            SysResult<AgentClient> connected = AgentClient.TryConnect(settings);
            if (connected.IsOk)
            {
                return connected.Value!;
            }
        }

        throw AgentClient.Closed();
    }

    /// <summary>Where the lines go.</summary>
    private sealed class LogOutput(bool json, bool timestamps)
    {
        private readonly bool[] _isInLine = new bool[2];

        /// <summary>That of the last line.</summary>
        public string? Cursor { get; private set; }

        public void Print(JsonElement line)
        {
            EventMessage read = Wire.Read<EventMessage>(line);
            Cursor = read.Cursor ?? Cursor;
            if (json)
            {
                StandardOutput.Line(AgentMessage.Raw(line));
            }
            else if (read.Type == EventTypes.Log)
            {
                PrintLine(read, line);
            }
            else if (read.Type == EventTypes.Gap)
            {
                StandardOutput.Flush();
                string what = read.LostBytes is { } bytes ? $"{HumanText.Number((int)Math.Min(bytes, int.MaxValue))} bytes are unreadable" : "lines are missing";
                StandardOutput.ErrorLine($"shimd: {what} here: {read.Reason}");
            }
        }

        private void PrintLine(EventMessage read, JsonElement line)
        {
            bool isError = read.Stream == StreamNames.Stderr;
            bool begins = !_isInLine[isError ? 1 : 0];
            _isInLine[isError ? 1 : 0] = read.Partial;
            string time = timestamps && begins ? line.GetProperty("time"u8).GetString() + " " : "";
            byte[] text = read.Base64 is null
                ? Encoding.UTF8.GetBytes(time + read.Text)
                : [.. Encoding.ASCII.GetBytes(time), .. Convert.FromBase64String(read.Base64)];
            if (isError)
            {
                StandardOutput.Flush();
                StandardOutput.Error(text, endsLine: !read.Partial);
            }
            else
            {
                StandardOutput.Write(text, endsLine: !read.Partial);
            }
        }
    }
}
