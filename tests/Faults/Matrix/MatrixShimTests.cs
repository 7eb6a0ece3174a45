using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>The shim dies at each of its steps, with the agent there to see it, and with the agent dead as well.</summary>
public sealed class MatrixShimTests : SceneTests
{
    private const string Probe = "probe";

    private static readonly string[] s_starting =
    [
        CrashPoint.ShimStarted, CrashPoint.ShimBeforeRuntime, CrashPoint.ShimRuntimeReturned, CrashPoint.ShimRunningWritten,
    ];

    private static readonly string[] s_ending =
    [
        CrashPoint.ShimReaped, CrashPoint.ShimExitWritten, CrashPoint.ShimExitAnnounced, CrashPoint.ShimCleanedUp,
    ];

    /// <summary>step, whether the agent dies as well</summary>
    public static TheoryData<string, bool> Starting => Pairs(s_starting);

    public static TheoryData<string, bool> Ending => Pairs(s_ending);

    public static TheoryData<string, bool> EndingAtRest
        => Pairs([CrashPoint.ShimReaped, CrashPoint.ShimExitWritten, CrashPoint.ShimExitAnnounced, CrashPoint.ShimCleanedUp]);

    [Theory]
    [MemberData(nameof(Starting))]
    public void Create_ShimDies_IsUndone(string step, bool agentToo) => AssertUndone("create", step, agentToo);

    [Theory]
    [MemberData(nameof(Starting))]
    public void Run_ShimDies_IsUndone(string step, bool agentToo) => AssertUndone("run", step, agentToo);

    [Theory]
    [MemberData(nameof(Starting))]
    public void Exec_ShimDies_NothingOfItRuns(string step, bool agentToo)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        object request = new { id, process = Probe, args = (string[])["/shimd", "payload", "ignore-term"] };
        Spring(stage, step, agentToo, "exec", request, Path.Combine(scene.Agent.Root, "containers", id, "processes", Probe));

        stage.Recover();

        Assert.Equal("running", scene.StatusOf(id));
        stage.Close();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_ShimDiesOnceItHasReported_EndsAsOne(bool agentToo)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.NewId();
        stage.StartDoomed(shimStep: CrashPoint.ShimReported);
        _ = stage.Client.Call("run", new { id, bundle = scene.Payload("ignore-term") });
        if (!agentToo)
        {
            _ = stage.Client.Call("wait", new { id });
        }

        stage.KillDoomed();

        stage.Recover();

        (string signal, string source) = Truth.ExitOf(scene, id);
        Assert.Contains(source, new[] { "reparented", "pidfd", "lost" });
        Assert.Equal(source == "lost" ? "" : "SIGKILL", signal);
        Assert.Equal(["create", "start", "shim-lost", "exit"], EventStream.ReadAll(scene).TypesOf(id));
        stage.Close();
    }

    [Theory]
    [MemberData(nameof(Ending))]
    public void Exit_ShimDies_IsTrue(string step, bool agentToo) => AssertTrueExit(step, agentToo, rests: false);

    [Theory]
    [MemberData(nameof(EndingAtRest))]
    public void Exit_RestingShimDies_IsTrue(string step, bool agentToo) => AssertTrueExit(step, agentToo, rests: true);

    private void AssertTrueExit(string step, bool agentToo, bool rests)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.NewId();
        stage.StartDoomed(shimStep: step);
        int pid = stage.Client.Call("run", new { id, bundle = scene.Payload("ignore-term") }).Number("pid");
        int shim = Assert.Single(Stage.ShimsOf(id, "init"));
        if (agentToo)
        {
            stage.KillDoomed();
        }

        Poll.Until(() => !rests || ProcFs.IsResting(shim), "the shim rests");
        ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
        if (!agentToo)
        {
            _ = stage.Client.Call("wait", new { id });
            string known = Path.Combine(scene.Agent.Root, "runtime", "crun", id);
            Poll.Until(() => !Directory.Exists(known), "what the shim has not cleaned up, the agent has");
            stage.KillDoomed();
        }

        Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is dead");
        stage.Recover();

        Assert.Equal(step == CrashPoint.ShimReaped ? ("", "lost") : ("SIGKILL", "waited"), Truth.ExitOf(scene, id));
        stage.Close();
    }

    private static TheoryData<string, bool> Pairs(string[] steps)
    {
        var rows = new TheoryData<string, bool>();
        foreach (string step in steps)
        {
            rows.Add(step, false);
            rows.Add(step, true);
        }

        return rows;
    }

    /// <summary>Has a shim die at the step, and the agent either see it or die at the moment that it has started the shim.</summary>
    private static void Spring(Stage stage, string step, bool agentToo, string verb, object request, string directory)
    {
        Client client = stage.StartDoomed(agentToo ? CrashPoint.LaunchAfterSpawn : null, step).Client;
        if (agentToo)
        {
            _ = client.Send(verb, request);
            stage.WaitForDeath();
            Poll.Until(() => !Stage.HasShim(directory), "the shim is dead");
        }
        else
        {
            AgentReplyError error = client.Refused(verb, request);
            Assert.Contains("SIGKILL", error.Message, StringComparison.Ordinal);
            stage.KillDoomed();
        }
    }

    private void AssertUndone(string verb, string step, bool agentToo)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.NewId();
        Spring(stage, step, agentToo, verb, new { id, bundle = scene.Payload("ignore-term") }, scene.ProcessDirectory(id));

        stage.Recover();

        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
        Assert.Empty(EventStream.ReadAll(scene).TypesOf(id));
        stage.Close();
    }
}
