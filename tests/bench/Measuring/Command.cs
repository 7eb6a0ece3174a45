using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>Other people's programs: found in PATH, started by posix_spawn, their output in a file that is read when they fail.</summary>
internal sealed class Command : IDisposable
{
    private const int LimitMs = 120_000;
    private const int SaidCharacters = 300;

    private static readonly HashSet<int> s_own = [];

    private readonly PidFd _pidFd;
    private bool _ended;

    private Command(int pid, string name)
    {
        Pid = pid;
        Name = name;
        s_own.Add(pid);
        _pidFd = PidFd.Open(pid).OrThrow("pidfd_open");
    }

    public int Pid { get; }

    public string Name { get; }

    /// <summary>Added to the environment of all that is started.</summary>
    public static List<string> Environment { get; } = [.. Spawn.CurrentEnvironment().Where(entry => !entry.StartsWith("SHIMD_", StringComparison.Ordinal))];

    /// <summary>Where a program is, also where a user's PATH does not look; null when it is nowhere.</summary>
    public static string? Find(string program)
        => $"{System.Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>The path of a program.</summary>
    /// <exception cref="PeerException">It is not installed.</exception>
    public static string Require(string program) => Find(program) ?? throw new PeerException($"{program} is not installed");

    /// <summary>Starts it; stdin is /dev/null, and what it says goes to <paramref name="output"/>, or nowhere.</summary>
    public static Command Start(IReadOnlyList<string> words, string? output = null, Fd? stdout = null, Fd? third = null, params IReadOnlyList<string> environment)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd said = output is null ? nothing.Duplicate().OrThrow("dup") : NativeFile.OpenAppend(output).OrThrow($"open {output}");
        string path = words[0].Contains('/') ? words[0] : Require(words[0]);
        List<Fd?> descriptors = [nothing, stdout ?? said, said];
        if (third is not null)
        {
            descriptors.Add(third);
        }

        SysResult started = Spawn.Start(new SpawnRequest
        {
            Path = path,
            Arguments = [Path.GetFileName(path), .. words.Skip(1)],
            Environment = [.. Environment, .. environment],
            Descriptors = descriptors,
            NewSession = true,
        });
        return started.IsOk ? new Command((int)started.Value, words[0]) : throw new PeerException($"{words[0]}: {started.Error.Describe()}");
    }

    /// <summary>Runs it to its end, which must be a good one.</summary>
    /// <exception cref="PeerException">It failed; with the end of what it said.</exception>
    public static void Run(Workspace workspace, params IReadOnlyList<string> words)
    {
        string output = workspace.NewFile("output");
        using Command command = Start(words, output);
        WaitStatus status = command.WaitForEnd();
        if (status.Code != 0)
        {
            throw new PeerException(Explain(words, status, output));
        }

        File.Delete(output);
    }

    /// <summary>Runs it to its end, and returns what it said.</summary>
    public static string Read(Workspace workspace, params IReadOnlyList<string> words)
    {
        string output = workspace.NewFile("output");
        using (Command command = Start(words, output))
        {
            WaitStatus status = command.WaitForEnd();
            if (status.Code != 0)
            {
                throw new PeerException(Explain(words, status, output));
            }
        }

        string said = File.ReadAllText(output);
        File.Delete(output);
        return said;
    }

    public static string Explain(IReadOnlyList<string> words, WaitStatus status, string output)
    {
        string said = File.Exists(output) ? File.ReadAllText(output).Trim().ReplaceLineEndings(" ") : "";
        return $"{Path.GetFileName(words[0])} ended with {status.Code}: {(said.Length > SaidCharacters ? "…" + said[^SaidCharacters..] : said)}";
    }

    /// <summary>Waits until it has ended, and reaps it.</summary>
    /// <exception cref="PeerException">It did not end; it is killed.</exception>
    public WaitStatus WaitForEnd(int limitMs = LimitMs)
    {
        if (!Ready.Wait(_pidFd.Fd, limitMs))
        {
            Dispose();
            throw new PeerException($"{Path.GetFileName(Name)} did not end within {limitMs} ms");
        }

        _ended = true;
        s_own.Remove(Pid);
        ProcessControl.TryReap(Pid, out WaitStatus? status).OrThrow("waitid");
        return status!.Value;
    }

    public void Send(int signal) => _ = _pidFd.Send(signal);

    /// <summary>Ends it, kindly first.</summary>
    public void Stop(int patienceMs)
    {
        Send(Signal.SIGTERM);
        _ = Ready.Wait(_pidFd.Fd, patienceMs);
        Dispose();
    }

    public void Dispose()
    {
        if (!_ended)
        {
            Send(Signal.SIGKILL);
            WaitForEnd();
        }

        _pidFd.Dispose();
    }

    /// <summary>Reaps what others left to us: this program is a subreaper, to find at the end whatever its peers forgot.</summary>
    public static void ReapOrphans()
    {
        foreach (int pid in ProcFs.ChildrenOf(System.Environment.ProcessId).Where(pid => !s_own.Contains(pid)).ToArray())
        {
            _ = ProcessControl.TryReap(pid, out _);
        }
    }

    /// <summary>Kills and reaps all that was left to us.</summary>
    public static int KillOrphans()
    {
        int killed = 0;
        for (int turn = 0; turn < 100; turn++)
        {
            int[] left = [.. ProcFs.ChildrenOf(System.Environment.ProcessId).Where(pid => !s_own.Contains(pid))];
            if (left.Length == 0)
            {
                break;
            }

            foreach (int pid in left)
            {
                killed += ProcFs.IsAlive(pid) && ProcessControl.Kill(pid, Signal.SIGKILL).IsOk ? 1 : 0;
            }

            Thread.Sleep(10);
            ReapOrphans();
        }

        return killed;
    }
}
