using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>
/// The argument lists of an OCI runtime's command line, as crun, runc and youki share it. Pure: nothing is started here.
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

    public static List<string> Pause(string id) => ["pause", id];

    public static List<string> Resume(string id) => ["resume", id];

    /// <summary><c>update</c> with the OCI LinuxResources in a file.</summary>
    public static List<string> Update(string id, string resourcesFile) => ["update", "--resources", resourcesFile, id];

    /// <summary><c>kill --all</c>: every process of the container.</summary>
    public static List<string> KillAll(string id, int signal) => ["kill", "--all", id, signal.ToString(System.Globalization.CultureInfo.InvariantCulture)];

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

    private static void AddConsole(List<string> arguments, string? consoleSocket)
    {
        if (consoleSocket is not null)
        {
            arguments.AddRange(["--console-socket", consoleSocket]);
        }
    }
}
