using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>The published binary as <c>shimd serve</c>, on a root of the test's own. Its log is a file, over all its lives.</summary>
internal sealed class Agent : IDisposable
{
    private readonly string _logPath;
    private readonly string[] _options;
    private readonly IReadOnlyList<string> _atRest;
    private Child? _process;

    /// <summary>Starts it, and returns when it serves.</summary>
    public Agent(string root, string logPath, params string[] options)
    {
        Root = root;
        _logPath = logPath;
        _options = options;
        Socket = options.SkipWhile(option => option != "--socket").ElementAtOrDefault(1) ?? Path.Combine(root, "shimd.sock");
        Start();
        _atRest = Descriptors();
    }

    public string Root { get; }

    public string Socket { get; }

    public int Pid => _process!.Pid;

    public bool IsRunning => _process is not null && ProcFs.IsAlive(_process.Pid);

    public string Log => File.Exists(_logPath) ? File.ReadAllText(_logPath) : "";

    /// <summary>Our environment, without what would lead shimd elsewhere.</summary>
    public static IReadOnlyList<string> CleanEnvironment
        => [.. Spawn.CurrentEnvironment().Where(entry => !entry.StartsWith("SHIMD_", StringComparison.Ordinal))];

    public void Start()
    {
        long before = LogBytes;
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd log = NativeFile.OpenAppend(_logPath).OrThrow($"open {_logPath}");
        _process?.Dispose();
        _process = Child.Start(new SpawnRequest
        {
            Path = Machine.Binary,
            Arguments = ["shimd", "serve", "--root", Root, .. _options],
            Environment = CleanEnvironment,
            Descriptors = [nothing, nothing, log],
        });
        Poll.Until(() => LogSince(before).Contains(" serves ", StringComparison.Ordinal) || !IsRunning, "the agent serves");
        Assert.True(IsRunning, $"the agent ended instead of serving:\n{Log}");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process!.PidFd.Send(Signal.SIGKILL).OrThrow("kill the agent");
        Assert.Equal(Signal.SIGKILL, _process.WaitForEnd().Signal);
    }

    /// <summary>Empties a log that has grown beyond this.</summary>
    public void TrimLog(long maxBytes)
    {
        if (LogBytes > maxBytes)
        {
            using Fd log = NativeFile.OpenAppend(_logPath).OrThrow($"open {_logPath}");
            NativeFile.Truncate(log, 0).OrThrow("ftruncate");
        }
    }

    /// <summary>SIGKILL, and another one on the same root.</summary>
    public void Restart()
    {
        Kill();
        Start();
    }

    /// <summary>SIGTERM: it answers what is under way and goes.</summary>
    public WaitStatus Terminate()
    {
        SendTerm();
        return WaitForEnd();
    }

    public void SendTerm() => _process!.PidFd.Send(Signal.SIGTERM).OrThrow("terminate the agent");

    public WaitStatus WaitForEnd() => _process!.WaitForEnd();

    /// <summary>Once all connections are closed and all containers deleted, it has the descriptors that it began with.</summary>
    public void AssertNoDescriptorLeft() => Poll.Until(
        () => Descriptors().SequenceEqual(_atRest),
        () => $"the agent closes its descriptors; at rest: {string.Join(' ', _atRest)}; now: {string.Join(' ', Descriptors())}",
        timeoutMs: 20_000);

    public void Dispose() => _process?.Dispose();

    // The journal is opened with the first event, and stays open; so does the one copy of crun, with its first call. The next agent has its own table of mounts.
    private List<string> Descriptors()
    {
        List<string> links =
        [
            .. ProcFs.DescriptorsOf(Pid)
                .Where(link => !link.Contains("/events.log", StringComparison.Ordinal))
                .Select(link => link.Replace($"/proc/{Pid}/", "/proc/self/", StringComparison.Ordinal)),
        ];
        _ = links.Remove("/memfd:crun (deleted)");
        return links;
    }

    private long LogBytes => File.Exists(_logPath) ? new FileInfo(_logPath).Length : 0;

    private string LogSince(long offset)
    {
        using FileStream log = File.Open(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = offset;
        using var reader = new StreamReader(log);
        return reader.ReadToEnd();
    }
}
