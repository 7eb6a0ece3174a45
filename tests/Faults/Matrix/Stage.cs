using System.Text.Json;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>What happens between the crash and the next start of the agent.</summary>
[Flags]
public enum Meanwhile
{
    Nothing = 0,

    /// <summary>The process is killed.</summary>
    ProcessEnds = 1,

    /// <summary>Its shim is killed, and before the process if that ends too.</summary>
    ShimDies = 2,

    Both = ProcessEnds | ShimDies,
}

/// <summary>
/// A scene in which agents and shims kill themselves at named steps. Beside the container in question there is always another one,
/// healthy, which nothing that happens may touch.
/// </summary>
internal sealed class Stage : IDisposable
{
    private readonly Scene _scene;
    private readonly string _runtime;
    private readonly string _bystander;
    private readonly int _bystanderPid;
    private Child? _doomed;
    private Client? _client;
    private int _lives;

    public Stage(Scene scene, string runtime)
    {
        _scene = scene;
        _runtime = runtime;
        _bystander = scene.Run("ignore-term");
        _bystanderPid = scene.PidOf(_bystander);
    }

    /// <summary>The connection to the agent that is to die.</summary>
    public Client Client => _client ?? throw new InvalidOperationException("no agent that could die has been started");

    public static TheoryData<string, Meanwhile> EachWith(IReadOnlyList<string> steps, params ReadOnlySpan<Meanwhile> meanwhile)
    {
        var rows = new TheoryData<string, Meanwhile>();
        foreach (string step in steps)
        {
            foreach (Meanwhile what in meanwhile)
            {
                rows.Add(step, what);
            }
        }

        return rows;
    }

    /// <summary>Kills the agent, and starts one that kills itself at a step of its own, or whose shims do at one of theirs.</summary>
    public Stage StartDoomed(string? step = null, string? shimStep = null)
    {
        _scene.Agent.Kill();
        Spawn(step, shimStep);
        Poll.Until(() => Log.Contains(" serves ", StringComparison.Ordinal) || !ProcFs.IsAlive(_doomed!.Pid), "the agent serves");
        _client = Client.Connect(_scene.Agent.Socket);
        return this;
    }

    /// <summary>When no agent is there: starts one that dies of what it finds, and returns when it has.</summary>
    public void DieRecovering(string step)
    {
        Spawn(step, null);
        WaitForDeath();
    }

    /// <summary>Waits until the agent has died at its step.</summary>
    public void WaitForDeath()
    {
        Assert.Equal(Signal.SIGKILL, _doomed!.WaitForEnd().Signal);
        _client?.Dispose();
        _client = null;
    }

    /// <summary>Kills the agent, which has not died by itself.</summary>
    public void KillDoomed()
    {
        _doomed!.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        WaitForDeath();
    }

    /// <summary>What befalls the process while no agent is there.</summary>
    /// <returns>Whether there was a process that could end.</returns>
    public bool Let(Meanwhile happen, string id, string process = "init")
    {
        string directory = Path.Combine(_scene.Agent.Root, "containers", id, "processes", process);
        Poll.Until(() => !HasShim(directory) || File.Exists($"{directory}/running.json"), "the shim has done what it was told");
        bool came = File.Exists($"{directory}/running.json");
        if (happen.HasFlag(Meanwhile.ShimDies))
        {
            foreach (int shim in ShimsOf(id, process))
            {
                _ = ProcessControl.Kill(shim, Signal.SIGKILL);
                Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is dead");
            }
        }

        if (happen.HasFlag(Meanwhile.ProcessEnds) && came)
        {
            int pid = JsonElement.Parse(File.ReadAllBytes($"{directory}/running.json")).Number("pid");
            Thaw(id);
            _ = ProcessControl.Kill(pid, Signal.SIGKILL);
            Poll.Until(() => !ProcFs.IsAlive(pid), "the process has ended");
            Poll.Until(() => happen.HasFlag(Meanwhile.ShimDies) || File.Exists($"{directory}/exit.json"), "the shim writes the exit down");
        }

        return came;
    }

    /// <summary>Whether a shim holds the process's directory: from the moment of its spawn, while its command line is still empty.</summary>
    public static bool HasShim(string processDirectory)
    {
        SysResult<FileLock> taken = File.Exists($"{processDirectory}/lock") ? FileLock.TryTake($"{processDirectory}/lock") : default;
        taken.Value?.Dispose();
        return taken.Error == Errno.EAGAIN;
    }

    /// <summary>The shims that serve this process.</summary>
    public static IReadOnlyList<int> ShimsOf(string id, string process)
        => [.. ProcFs.Pids.Where(pid => ProcFs.CommandLine(pid).StartsWith($"shimd shim {id} {process} ", StringComparison.Ordinal))];

    /// <summary>An agent as it should be, twice: what the first says is so, and the second says the same.</summary>
    public void Recover()
    {
        _scene.Agent.Start();
        AssertTrue();
        string said = _scene.Client.Call("list").ToString();
        _scene.Agent.Restart();
        AssertTrue();
        Assert.Equal(said, _scene.Client.Call("list").ToString());
    }

    /// <summary>All that the agent says is so, and the other container is as it was.</summary>
    public void AssertTrue()
    {
        Truth.AssertTold(_scene, _runtime);
        JsonElement bystander = _scene.Client.Call("state", new { id = _bystander });
        Assert.Equal(("running", _bystanderPid), (bystander.Text("status"), bystander.Number("pid")));
        Assert.Equal(["create", "start"], EventStream.ReadAll(_scene).TypesOf(_bystander));
    }

    /// <summary>Deletes everything; the events have told every story to its end.</summary>
    public void Close()
    {
        JsonElement containers = _scene.Client.Call("list").GetProperty("containers");
        foreach (string id in containers.EnumerateArray().Select(container => container.Text("id")).ToArray())
        {
            _ = _scene.Client.Call("delete", new { id, force = true });
        }

        EventStream events = EventStream.ReadAll(_scene);
        Assert.Empty(events.Problems);
        Assert.All(events.Stories, story => Assert.Equal(Story.Deleted, story.Status));
    }

    public void Dispose()
    {
        _client?.Dispose();
        _doomed?.Dispose();
    }

    private string Log => File.ReadAllText(_scene[$"doomed-{_lives}.log"]);

    private void Spawn(string? step, string? shimStep)
    {
        _doomed?.Dispose();
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd log = NativeFile.OpenAppend(_scene[$"doomed-{++_lives}.log"]).OrThrow("open");
        _doomed = Child.Start(new SpawnRequest
        {
            Path = Machine.Binary,
            Arguments = ["shimd", "serve", "--root", _scene.Agent.Root, "--runtime", _runtime],
            Environment =
            [
                .. Agent.CleanEnvironment,
                .. step is null ? [] : (string[])[$"{CrashPoint.AgentVariable}={step}"],
                .. shimStep is null ? [] : (string[])[$"{CrashPoint.ShimVariable}={shimStep}"],
            ],
            Descriptors = [nothing, nothing, log],
        });
    }

    /// <summary>Version 1 of the freezer holds even SIGKILL back.</summary>
    private void Thaw(string id)
    {
        string root = Path.Combine(_scene.Agent.Root, "runtime", _runtime);
        if (Directory.Exists(Path.Combine(root, id)))
        {
            _ = Child.Run(Machine.PathOf(_runtime)!, "--root", root, "resume", id);
        }
    }
}
