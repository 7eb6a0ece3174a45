using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary><c>shimd processes</c> and <c>shimd pids</c>: what runs in a container, as shimd keeps it and as the kernel does.</summary>
internal static class ProcessVerbs
{
    private static readonly Argument<string> s_id = Options.ContainerId();

    public static Verb Processes() => new(
        "processes",
        "Lists the processes of a container that have a shim: init, and those that exec has added.",
        [s_id],
        parsed => Run(parsed, Methods.Processes, PrintProcesses))
    {
        Examples = [new("shimd processes web", "also those that have ended, until they are deleted: shimd delete -p NAME web")],
    };

    public static Verb Pids() => new Verb(
        "pids",
        "Lists everything that runs in a container: all processes of its control group.",
        [s_id],
        parsed => Run(parsed, Methods.Pids, PrintPids))
    {
        Examples = [new("shimd pids web", "with command lines"), new("shimd pids --format json web | jq .pids[]", "numbers only")],
        Notes = "The numbers are those of the agent's PID namespace, not the container's.",
    }.WithAliases("top");

    private static int Run(ParseResult parsed, string method, Action<JsonElement> print)
    {
        ClientSettings settings = GlobalOptions.Read(parsed);
        using AgentClient client = AgentClient.Connect(settings);
        JsonElement result = client.Call(method, new ContainerParams { Id = parsed.GetValue(s_id)! });
        if (settings.Json)
        {
            StandardOutput.Line(AgentMessage.Raw(result));
        }
        else
        {
            print(result);
        }

        return ExitCodes.Ok;
    }

    private static void PrintProcesses(JsonElement result)
    {
        ProcessesResult list = Wire.Read<ProcessesResult>(result);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var table = new Table("PROCESS", "STATUS", "PID", "TTY", "STARTED", "EXIT", "ARGS");
        foreach (ProcessInfo process in list.Processes)
        {
            table.Add(
                process.Process,
                process.Status,
                HumanText.Number(process.Pid),
                process.Terminal ? "yes" : "no",
                process.StartedAt is { } started ? $"{HumanText.Age(started, now)} ago" : HumanText.None,
                HumanText.Exit(process.Exit),
                StandardOutput.Plain(string.Join(' ', process.Args)));
        }

        Print(table, list.Truncated);
    }

    private static void PrintPids(JsonElement result)
    {
        PidsResult list = Wire.Read<PidsResult>(result);
        var table = new Table("PID", "COMMAND");
        foreach (int pid in list.Pids)
        {
            table.Add(HumanText.Number(pid), StandardOutput.Plain(CommandOf(pid)));
        }

        Print(table, list.Truncated);
    }

    private static void Print(Table table, bool truncated)
    {
        table.Print();
        if (truncated)
        {
            StandardOutput.Flush();
            StandardOutput.ErrorLine("shimd: there are more than the agent tells");
        }
    }

    /// <summary>From proc(5), as far as this client sees the agent's processes; a process may name itself as it likes.</summary>
    private static string CommandOf(int pid)
    {
        string directory = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}";
        string command = ReadText($"{directory}/cmdline").Replace('\0', ' ').Trim();
        if (command.Length > 0)
        {
            return command;
        }

        string name = ReadText($"{directory}/comm").Trim();
        return name.Length > 0 ? $"[{name}]" : HumanText.None;
    }

    private static string ReadText(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? Encoding.UTF8.GetString(read.Value!) : "";
    }
}
