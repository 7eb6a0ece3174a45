using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>The agent is killed in the midst of start, pause and resume: the next one asks the runtime how far it has come.</summary>
public sealed class MatrixTransitionTests : SceneTests
{
    private static readonly string[] s_steps =
    [
        CrashPoint.TransitionIntentWritten,
        CrashPoint.TransitionRuntimeReturned,
        CrashPoint.TransitionAnnounced,
        CrashPoint.TransitionSettled,
    ];

    private static readonly Meanwhile[] s_all = [Meanwhile.Nothing, Meanwhile.ProcessEnds, Meanwhile.ShimDies, Meanwhile.Both];

    public static TheoryData<string, Meanwhile> Steps => Stage.EachWith(s_steps, s_all);

    [Theory]
    [MemberData(nameof(Steps))]
    public void Start_Killed_IsAsTheRuntimeSays(string step, Meanwhile meanwhile)
        => AssertSettled("crun", [], "start", "created", "running", step, meanwhile);

    [Theory]
    [MemberData(nameof(Steps))]
    public void Pause_Killed_IsAsTheRuntimeSays(string step, Meanwhile meanwhile)
        => AssertSettled("crun", ["start"], "pause", "running", "paused", step, meanwhile);

    [Theory]
    [MemberData(nameof(Steps))]
    public void Resume_Killed_IsAsTheRuntimeSays(string step, Meanwhile meanwhile)
        => AssertSettled("crun", ["start", "pause"], "resume", "paused", "running", step, meanwhile);

    [Theory]
    [InlineData("start", "created", "running")]
    [InlineData("pause", "running", "paused")]
    public void Transition_KilledAgainWhileItIsSettled_IsToldOnce(string verb, string before, string after)
    {
        foreach (string again in (string[])[CrashPoint.JournalAppended + ":2", CrashPoint.ExitMarked])
        {
            Scene scene = Enter(Scene.With("crun"));
            using var stage = new Stage(scene, "crun");
            string id = CrashIn(scene, stage, verb == "pause" ? ["start"] : [], verb, before, CrashPoint.TransitionRuntimeReturned);
            bool ends = again == CrashPoint.ExitMarked;
            _ = stage.Let(ends ? Meanwhile.ProcessEnds : Meanwhile.Nothing, id);
            stage.DieRecovering(again);

            stage.Recover();

            Assert.Equal(ends ? "stopped" : after, scene.StatusOf(id));
            stage.Close();
        }
    }

    [Theory]
    [InlineData("start", CrashPoint.TransitionIntentWritten, Meanwhile.Nothing)]
    [InlineData("start", CrashPoint.TransitionRuntimeReturned, Meanwhile.ProcessEnds)]
    [InlineData("start", CrashPoint.TransitionAnnounced, Meanwhile.Both)]
    public void Start_Killed_IsAsRuncSaysToo(string verb, string step, Meanwhile meanwhile)
        => AssertSettled("runc", [], verb, "created", "running", step, meanwhile);

    [Theory]
    [InlineData("created", Meanwhile.ProcessEnds)]
    [InlineData("created", Meanwhile.ShimDies)]
    [InlineData("running", Meanwhile.ProcessEnds)]
    [InlineData("running", Meanwhile.ShimDies)]
    [InlineData("running", Meanwhile.Both)]
    [InlineData("paused", Meanwhile.Nothing)]
    [InlineData("paused", Meanwhile.ProcessEnds)]
    [InlineData("paused", Meanwhile.ShimDies)]
    [InlineData("paused", Meanwhile.Both)]
    [InlineData("stopped", Meanwhile.Nothing)]
    public void Container_AgentKilledAtRest_IsAsItIs(string status, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Create("ignore-term");
        foreach (string verb in status switch { "created" => (string[])[], "paused" => ["start", "pause"], _ => ["start"] })
        {
            _ = scene.Client.Call(verb, new { id });
        }

        if (status == "stopped")
        {
            _ = scene.Client.Call("kill", new { id, signal = "KILL" });
            _ = scene.WaitFor(id);
        }

        scene.Agent.Kill();
        _ = stage.Let(meanwhile, id);

        stage.Recover();

        AssertEnd(scene, id, status, meanwhile);
        stage.Close();
    }

    private static string CrashIn(Scene scene, Stage stage, string[] first, string verb, string before, string step)
    {
        string id = scene.Create("ignore-term");
        foreach (string earlier in first)
        {
            _ = scene.Client.Call(earlier, new { id });
        }

        Assert.Equal(before, scene.StatusOf(id));
        _ = stage.StartDoomed(step).Client.Send(verb, new { id });
        stage.WaitForDeath();
        return id;
    }

    private static void AssertEnd(Scene scene, string id, string status, Meanwhile meanwhile)
    {
        if (meanwhile == Meanwhile.Nothing)
        {
            Assert.Equal(status, scene.StatusOf(id));
            return;
        }

        (string signal, string source) = Truth.ExitOf(scene, id);
        Assert.Contains(source, meanwhile.HasFlag(Meanwhile.ShimDies) ? ["pidfd", "lost"] : (string[])["waited"]);
        Assert.Equal(source == "lost" ? "" : "SIGKILL", signal);
        Assert.Equal("stopped", scene.StatusOf(id));
    }

    private void AssertSettled(string runtime, string[] first, string verb, string before, string after, string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With(runtime));
        using var stage = new Stage(scene, runtime);
        string id = CrashIn(scene, stage, first, verb, before, step);
        Assert.True(stage.Let(meanwhile, id));

        stage.Recover();

        AssertEnd(scene, id, step == CrashPoint.TransitionIntentWritten ? before : after, meanwhile);
        stage.Close();
    }
}
