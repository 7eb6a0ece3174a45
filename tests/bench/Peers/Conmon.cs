using System.Text;
using System.Text.Json;
using Shimd.Bench.Measuring;
using Shimd.Native;

namespace Shimd.Bench.Peers;

/// <summary>A container under conmon.</summary>
/// <param name="Pid">Of its first process.</param>
/// <param name="Monitor">conmon's own pid.</param>
internal sealed record ConmonContainer(string Id, int Pid, int Monitor, string ExitFile, string Log);

/// <summary>
/// conmon with a runtime, driven as podman and CRI-O do: conmon is started, says the pid on its sync pipe, the engine calls the runtime
/// to start, the exit is a file, the engine calls the runtime to delete. The engine is this program and costs next to nothing.
/// </summary>
internal sealed class Conmon
{
    private readonly Workspace _workspace;
    private readonly BareRuntime _runtime;
    private readonly string _directory;

    public Conmon(Workspace workspace, string runtime)
    {
        _workspace = workspace;
        _ = Command.Require("conmon");
        _runtime = new BareRuntime(workspace, runtime);
        _directory = Path.Combine(workspace.RunDirectory, $"conmon-{runtime}");
        Directory.CreateDirectory(_directory);
        ExitDirectory = Path.Combine(_directory, "exits");
        Directory.CreateDirectory(ExitDirectory);
    }

    /// <summary>Where conmon writes a file with the code, named by the container.</summary>
    public string ExitDirectory { get; }

    /// <summary>Until the container is created, as <c>runtime create</c> leaves it.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="logPath">Else in the tmpfs.</param>
    public ConmonContainer Create(string bundle, string? logPath = null)
    {
        string id = _workspace.NewId();
        string log = logPath ?? Path.Combine(_directory, $"{id}.log");
        string pids = Path.Combine(_directory, $"{id}.conmon");
        int pid = Start(
            "-c", id, "-u", id, "-n", id, "-b", bundle, "-p", Path.Combine(_directory, $"{id}.pid"), "-P", pids,
            "--exit-dir", ExitDirectory, "--socket-dir-path", _directory, "-l", $"k8s-file:{log}");
        return new ConmonContainer(id, pid, int.Parse(File.ReadAllText(pids), System.Globalization.CultureInfo.InvariantCulture), Path.Combine(ExitDirectory, id), log);
    }

    public void Start(ConmonContainer container) => Command.Run(_workspace, _runtime.Words("start", container.Id));

    public void Delete(ConmonContainer container, bool force = false)
        => Command.Run(_workspace, force ? _runtime.Words("delete", "--force", container.Id) : _runtime.Words("delete", container.Id));

    public void Kill(ConmonContainer container) => Command.Run(_workspace, _runtime.Words("kill", container.Id, "KILL"));

    /// <summary>Runs a program in the container to its exit file.</summary>
    public void Execute(ConmonContainer container)
    {
        string name = _workspace.NewId("x");
        string exits = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        string spec = Path.Combine(exits, "process.json");
        File.WriteAllText(spec, """{"args":["/bin/true"],"cwd":"/","user":{"uid":0,"gid":0},"env":["PATH=/bin"]}""");
        _ = Start(
            "-c", container.Id, "-u", name, "-n", container.Id, "-b", exits, "-e", "--exec-process-spec", spec, "-p", Path.Combine(exits, "pid"),
            "--exit-dir", exits, "--socket-dir-path", _directory, "-l", $"k8s-file:{exits}/log");
        WaitForExit(Path.Combine(exits, container.Id));
    }

    public double RunTrue() => Stopclock.Milliseconds(() =>
    {
        ConmonContainer container = Create(_workspace.TrueBundle);
        Start(container);
        WaitForExit(container.ExitFile);
        Delete(container);
    });

    /// <summary>By looking: conmon tells nobody.</summary>
    public static void WaitForExit(string file) => Stopclock.Until(() => File.Exists(file), "conmon writes an exit file");

    /// <summary>Starts a conmon, and returns the pid that it says on its sync pipe.</summary>
    private int Start(params ReadOnlySpan<string> options)
    {
        using Pipe sync = Pipe.Create().OrThrow("pipe2");
        string output = _workspace.NewFile("output");
        string[] words =
        [
            "conmon", "--api-version", "1", "-r", Command.Require(_runtime.Name), "--runtime-arg", "--root", "--runtime-arg", _runtime.Root,
            "--log-level", "error", "--full-attach", .. options,
        ];
        using Command command = Command.Start(words, output, third: sync.Writer, environment: "_OCI_SYNCPIPE=3");
        sync.Writer.Dispose();
        string line = ReadLine(sync.Reader);
        WaitStatus status = command.WaitForEnd();
        JsonElement said = line.Length == 0 ? default : JsonElement.Parse(line);
        if (said.ValueKind == JsonValueKind.Object && (said.TryGetProperty("pid", out JsonElement pid) || said.TryGetProperty("data", out pid)) && pid.GetInt32() > 0)
        {
            File.Delete(output);
            return pid.GetInt32();
        }

        throw new PeerException($"conmon said '{line}'; {Command.Explain(words, status, output)}");
    }

    private static string ReadLine(Fd reader)
    {
        var line = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (Ready.Wait(reader, 30_000) && reader.Read(one).OrThrow("read") > 0 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
