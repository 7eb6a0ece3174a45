using System.Globalization;
using System.Text;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>
/// The argument lists of an OCI runtime's command line, as crun, runc and youki share it. Nothing is started here.
/// </summary>
internal static class RuntimeCommand
{
    /// <summary>The runtime's name, its global options, and the verb with its own.</summary>
    public static List<string> Compose(RuntimeRecord runtime, string logPath, IEnumerable<string> verb)
    {
        List<string> arguments = [runtime.Path, "--root", runtime.Root, "--log", logPath, "--log-format", "json"];
        arguments.AddRange(runtime.Arguments);
        arguments.AddRange(verb);
        return arguments;
    }

    /// <summary><c>create</c>: the container waits for start. stdio is inherited by its process.</summary>
    public static List<string> Create(string id, string bundle, string pidFile, bool noPivot, string? consoleSocket)
        => [.. StartOptions("create", bundle, pidFile, noPivot, consoleSocket), id];

    /// <summary><c>run --detach</c>: create and start in one process.</summary>
    public static List<string> Run(string id, string bundle, string pidFile, bool noPivot, string? consoleSocket)
        => [.. StartOptions("run", bundle, pidFile, noPivot, consoleSocket), "--detach", id];

    public static List<string> Start(string id) => ["start", id];

    public static List<string> State(string id) => ["state", id];

    /// <summary><c>delete</c>; with force, a running container is killed first, and a missing one is no error.</summary>
    public static List<string> Delete(string id, bool force) => force ? ["delete", "--force", id] : ["delete", id];

    /// <summary><c>exec --detach</c>: one more process in a running container, as <paramref name="specFile"/> says.</summary>
    public static List<string> Exec(string id, string specFile, string pidFile, string? consoleSocket)
    {
        List<string> arguments = ["exec", "--detach", "--process", specFile, "--pid-file", pidFile];
        AddConsole(arguments, consoleSocket);
        arguments.Add(id);
        return arguments;
    }

    /// <summary><c>checkpoint</c>: into a directory, with CRIU.</summary>
    public static List<string> Checkpoint(string id, string imagePath, bool leaveRunning, CheckpointOptions options)
    {
        List<string> arguments = ["checkpoint", "--image-path", imagePath];
        if (leaveRunning)
        {
            arguments.Add("--leave-running");
        }

        AddCheckpointOptions(arguments, options);
        arguments.Add(id);
        return arguments;
    }

    /// <summary><c>restore --detach</c>: a container that goes on where its checkpoint was taken.</summary>
    public static List<string> Restore(
        string id, string bundle, string pidFile, bool noPivot, string? consoleSocket, string imagePath, CheckpointOptions options)
    {
        List<string> arguments = StartOptions("restore", bundle, pidFile, noPivot, consoleSocket);
        arguments.AddRange(["--detach", "--image-path", imagePath]);
        AddCheckpointOptions(arguments, options);
        arguments.Add(id);
        return arguments;
    }

    public static List<string> Pause(string id) => ["pause", id];

    public static List<string> Resume(string id) => ["resume", id];

    /// <summary><c>update</c> with the OCI LinuxResources in a file.</summary>
    public static List<string> Update(string id, string resourcesFile) => ["update", "--resources", resourcesFile, id];

    /// <summary><c>kill --all</c>: every process of the container.</summary>
    public static List<string> KillAll(string id, int signal) => ["kill", "--all", id, signal.ToString(CultureInfo.InvariantCulture)];

    /// <summary>The processes that are this call of the runtime, whoever made it; each leads a process group.</summary>
    public static List<int> CallsOf(RuntimeRecord runtime, IReadOnlyList<string> verb)
    {
        string end = $"\0{string.Join('\0', verb)}\0";
        string root = $"\0{runtime.Root}\0";
        List<int> calls = [];
        foreach (string path in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int pid)
                && NativeFile.ReadAll($"{path}/cmdline").Value is { } line
                && Encoding.UTF8.GetString(line) is var words
                && words.EndsWith(end, StringComparison.Ordinal)
                && words.Contains(root, StringComparison.Ordinal))
            {
                calls.Add(pid);
            }
        }

        return calls;
    }

    private static List<string> StartOptions(string verb, string bundle, string pidFile, bool noPivot, string? consoleSocket)
    {
        List<string> arguments = [verb, "--bundle", bundle, "--pid-file", pidFile];
        AddConsole(arguments, consoleSocket);
        if (noPivot)
        {
            arguments.Add("--no-pivot");
        }

        return arguments;
    }

    private static void AddCheckpointOptions(List<string> arguments, CheckpointOptions options)
    {
        if (options.TcpEstablished)
        {
            arguments.Add("--tcp-established");
        }

        if (options.ShellJob)
        {
            arguments.Add("--shell-job");
        }

        if (options.ExtUnixSk)
        {
            arguments.Add("--ext-unix-sk");
        }

        foreach (string space in options.EmptyNs)
        {
            arguments.AddRange(["--empty-ns", space]);
        }
    }

    private static void AddConsole(List<string> arguments, string? consoleSocket)
    {
        if (consoleSocket is not null)
        {
            arguments.AddRange(["--console-socket", consoleSocket]);
        }
    }
}
