using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>The agent is killed while it tells of an exit, learns of a lost shim, or deletes.</summary>
public sealed class MatrixEndTests : SceneTests
{
    // The first event of an agent's life is agent-started.
    private static readonly string[] s_exit =
    [
        CrashPoint.ExitKnown, CrashPoint.JournalBeforeAppend + ":2", CrashPoint.JournalAppended + ":2", CrashPoint.ExitAnnounced, CrashPoint.ExitMarked,
    ];

    private static readonly string[] s_loss =
    [
        CrashPoint.JournalBeforeAppend + ":2", CrashPoint.LossAnnounced, CrashPoint.LossMarked, CrashPoint.LossExitWritten, CrashPoint.ExitAnnounced,
    ];

    private static readonly string[] s_delete =
    [
        CrashPoint.DeleteIntentWritten,
        CrashPoint.DeleteForgotten,
        CrashPoint.DeleteAnnounced,
        CrashPoint.ProcessesRemoved,
        CrashPoint.DirectoryRemoved,
    ];

    public static TheoryData<string, Meanwhile> Exit => Stage.EachWith(s_exit, Meanwhile.Nothing, Meanwhile.ShimDies);

    public static TheoryData<string> ExitAgain => [.. s_exit[1..]];

    public static TheoryData<string, Meanwhile> Loss => Stage.EachWith(s_loss, Meanwhile.Nothing, Meanwhile.ProcessEnds);

    public static TheoryData<string> Delete => [.. s_delete];

    [Theory]
    [MemberData(nameof(Exit))]
    public void Exit_AgentKilled_IsToldOnce(string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        _ = stage.StartDoomed(step);
        ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
        stage.WaitForDeath();
        _ = stage.Let(meanwhile, id);

        stage.Recover();

        AssertToldOnce(scene, id);
        stage.Close();
    }

    [Theory]
    [MemberData(nameof(ExitAgain))]
    public void Exit_AgentKilledWhileItCatchesUp_IsToldOnce(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        scene.Agent.Kill();
        _ = stage.Let(Meanwhile.ProcessEnds, id);
        stage.DieRecovering(step);

        stage.Recover();

        AssertToldOnce(scene, id);
        stage.Close();
    }

    [Theory]
    [MemberData(nameof(Loss))]
    public void ShimLost_AgentKilled_IsToldOnce(string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        int shim = scene.ShimOf(id);
        _ = stage.StartDoomed(step);
        ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill");
        stage.WaitForDeath();
        if (File.Exists($"{scene.ProcessDirectory(id)}/exit.json"))
        {
            Poll.Until(() => !ProcFs.IsAlive(shim), "the shim is dead");
        }
        else
        {
            _ = stage.Let(meanwhile | Meanwhile.ShimDies, id);
        }

        stage.Recover();

        Assert.Contains(Truth.ExitOf(scene, id).Source, new[] { "pidfd", "lost" });
        Assert.Equal(["create", "start", "shim-lost", "exit"], EventStream.ReadAll(scene).TypesOf(id));
        stage.Close();
    }

    [Theory]
    [MemberData(nameof(Delete))]
    public void Delete_AgentKilled_IsFinished(string step) => AssertDeleted("crun", step, force: false);

    [Theory]
    [InlineData(CrashPoint.DeleteIntentWritten)]
    [InlineData(CrashPoint.ProcessesRemoved)]
    public void Delete_AgentKilled_IsFinishedWithRuncToo(string step) => AssertDeleted("runc", step, force: false);

    [Theory]
    [MemberData(nameof(Delete))]
    public void DeleteNotAwaited_AgentKilled_IsFinished(string step) => AssertDeleted("crun", step, force: false, wait: false);

    [Theory]
    [MemberData(nameof(Delete))]
    public void DeleteWithForce_AgentKilled_IsFinished(string step) => AssertDeleted("crun", step, force: true);

    [Theory]
    [MemberData(nameof(Delete))]
    public void Delete_AgentKilledTwice_IsFinished(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = Stopped(scene);
        _ = stage.StartDoomed(CrashPoint.DeleteIntentWritten).Client.Send("delete", new { id });
        stage.WaitForDeath();
        stage.DieRecovering(step == CrashPoint.DeleteIntentWritten ? CrashPoint.DeleteForgotten : step);

        stage.Recover();

        AssertGone(scene, id);
        stage.Close();
    }

    [Theory]
    [InlineData("running")]
    [InlineData("paused")]
    public void DeleteWithForce_AgentKilledBeforeTheIntent_IsStopped(string status)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        if (status == "paused")
        {
            _ = scene.Client.Call("pause", new { id });
        }

        _ = stage.StartDoomed(CrashPoint.DeleteKilled).Client.Send("delete", new { id, force = true });
        stage.WaitForDeath();

        stage.Recover();

        Assert.Equal("stopped", scene.StatusOf(id));
        AssertSigkilled(scene, id);
        stage.Close();
    }

    [Fact]
    public void JournalRotates_AgentKilledInBetween_NumbersGoOn()
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        string epoch = scene.Client.Call("hello").Text("epoch");
        scene.Agent.Kill();
        FillJournal($"{scene.Agent.Root}/events.log");
        stage.DieRecovering(CrashPoint.JournalRotating);
        ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
        _ = stage.Let(Meanwhile.Nothing, id);

        scene.Agent.Start();

        Assert.Equal(epoch, scene.Client.Call("hello").Text("epoch"));
        Truth.AssertTold(scene, "crun");
        AssertToldOnce(scene, id);
        stage.Close();
    }

    /// <summary>So many harmless events that no further one fits the file.</summary>
    private static void FillJournal(string path)
    {
        string[] lines = File.ReadAllLines(path);
        long seq = System.Text.Json.JsonElement.Parse(lines[^1]).GetProperty("seq").GetInt64();
        int filler = (int)((1024 * 1024) - new FileInfo(path).Length);
        using StreamWriter journal = File.AppendText(path);
        while (filler > 0)
        {
            string line = $$"""{"seq":{{++seq}},"time":"2026-11-23T18:53:43.699Z","type":"agent-started","pid":1}""";
            filler -= line.Length + 1;
            if (filler > 0)
            {
                journal.Write(line + "\n");
            }
        }
    }

    private static string Stopped(Scene scene)
    {
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = scene.WaitFor(id);
        return id;
    }

    private static void AssertToldOnce(Scene scene, string id)
    {
        AssertSigkilled(scene, id);
        Assert.Equal(["create", "start", "exit"], EventStream.ReadAll(scene).TypesOf(id));

        // The journal forgets; the mark does not.
        Assert.True(File.Exists($"{scene.ProcessDirectory(id)}/announced"));
    }

    private static void AssertSigkilled(Scene scene, string id) => Assert.Equal(("SIGKILL", "waited"), Truth.ExitOf(scene, id));

    private static void AssertGone(Scene scene, string id)
    {
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
        Assert.Equal(["create", "start", "exit", "delete"], EventStream.ReadAll(scene).TypesOf(id));
    }

    private void AssertDeleted(string runtime, string step, bool force, bool wait = true)
    {
        Scene scene = Enter(Scene.With(runtime));
        using var stage = new Stage(scene, runtime);
        string id = force ? scene.Run("ignore-term") : Stopped(scene);
        _ = stage.StartDoomed(step).Client.Send("delete", new { id, force, wait });
        stage.WaitForDeath();

        stage.Recover();

        AssertGone(scene, id);
        stage.Close();
    }
}
