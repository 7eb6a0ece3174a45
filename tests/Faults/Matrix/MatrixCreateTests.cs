using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>The agent is killed in the midst of create and of run: the next one finishes what came to be, and undoes the rest.</summary>
public sealed class MatrixCreateTests : SceneTests
{
    // The first event of an agent's life is agent-started.
    private const string BeforeCreateEvent = CrashPoint.JournalBeforeAppend + ":2";
    private const string AfterCreateEvent = CrashPoint.JournalAppended + ":2";
    private const string BeforeStartEvent = CrashPoint.JournalBeforeAppend + ":3";

    private static readonly string[] s_beforeTheShim =
    [
        CrashPoint.CreateDirectoryMade,
        CrashPoint.CreateRecordWritten,
        CrashPoint.ProcessDirectoryMade,
        CrashPoint.ProcessRecordWritten,
        CrashPoint.LaunchBeforeSpawn,
    ];

    private static readonly string[] s_unannounced = [CrashPoint.LaunchAfterSpawn, CrashPoint.LaunchReported, BeforeCreateEvent];

    private static readonly string[] s_announced = [AfterCreateEvent, CrashPoint.CreateAnnounced, CrashPoint.CreateSettled];

    public static TheoryData<string> BeforeTheShim => [.. s_beforeTheShim];

    public static TheoryData<string, Meanwhile> Alive => Stage.EachWith([.. s_unannounced, .. s_announced], Meanwhile.Nothing, Meanwhile.ProcessEnds);

    public static TheoryData<string, Meanwhile> ShimLostUnannounced => Stage.EachWith(s_unannounced, Meanwhile.ShimDies, Meanwhile.Both);

    public static TheoryData<string, Meanwhile> ShimLostAnnounced => Stage.EachWith(s_announced, Meanwhile.ShimDies, Meanwhile.Both);

    [Theory]
    [MemberData(nameof(BeforeTheShim))]
    public void Create_KilledBeforeTheShim_IsUndone(string step) => AssertUndone("create", step, Meanwhile.Nothing);

    [Theory]
    [MemberData(nameof(Alive))]
    public void Create_KilledWithTheShim_IsFinished(string step, Meanwhile meanwhile) => AssertFinished("crun", "create", step, meanwhile);

    [Theory]
    [MemberData(nameof(Alive))]
    public void Run_KilledWithTheShim_IsFinished(string step, Meanwhile meanwhile) => AssertFinished("crun", "run", step, meanwhile);

    [Theory]
    [InlineData(CrashPoint.CreateStartAnnounced, Meanwhile.Nothing)]
    [InlineData(CrashPoint.CreateStartAnnounced, Meanwhile.ProcessEnds)]
    [InlineData(BeforeStartEvent, Meanwhile.Nothing)]
    [InlineData(BeforeStartEvent, Meanwhile.ProcessEnds)]
    public void Run_KilledBetweenItsEvents_IsFinished(string step, Meanwhile meanwhile) => AssertFinished("crun", "run", step, meanwhile);

    [Theory]
    [InlineData(CrashPoint.LaunchAfterSpawn, Meanwhile.Nothing)]
    [InlineData(CrashPoint.CreateAnnounced, Meanwhile.ProcessEnds)]
    public void Run_KilledWithTheShim_IsFinishedWithRuncToo(string step, Meanwhile meanwhile) => AssertFinished("runc", "run", step, meanwhile);

    [Theory]
    [MemberData(nameof(ShimLostUnannounced))]
    public void Create_ShimLostBeforeAnybodyWasTold_IsUndone(string step, Meanwhile meanwhile) => AssertUndone("create", step, meanwhile);

    [Theory]
    [MemberData(nameof(ShimLostUnannounced))]
    public void Run_ShimLostBeforeAnybodyWasTold_IsUndone(string step, Meanwhile meanwhile) => AssertUndone("run", step, meanwhile);

    [Theory]
    [MemberData(nameof(ShimLostAnnounced))]
    public void Create_ShimLostOnceAnnounced_EndsAsOne(string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, "create", step);
        _ = stage.Let(meanwhile, id);

        stage.Recover();

        (string signal, string source) = Truth.ExitOf(scene, id);
        Assert.Contains(source, new[] { "pidfd", "lost" });
        Assert.Equal(source == "lost" ? "" : "SIGKILL", signal);
        Assert.Equal(["create", "shim-lost", "exit"], EventStream.ReadAll(scene).TypesOf(id));
        stage.Close();
    }

    [Theory]
    [InlineData(CrashPoint.UndoForgotten)]
    [InlineData(CrashPoint.ProcessesRemoved)]
    [InlineData(CrashPoint.DirectoryRemoved)]
    public void Create_KilledAgainWhileItIsUndone_IsUndone(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, "create", CrashPoint.LaunchReported);
        _ = stage.Let(Meanwhile.ShimDies, id);
        stage.DieRecovering(step);

        stage.Recover();
        AssertNotThere(scene, id);
        stage.Close();
    }

    [Theory]
    [InlineData(CrashPoint.CreateAnnounced)]
    [InlineData(CrashPoint.CreateSettled)]
    public void Create_KilledAgainWhileItIsFinished_IsFinished(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, "create", CrashPoint.LaunchAfterSpawn);
        _ = stage.Let(Meanwhile.Nothing, id);
        stage.DieRecovering(step);

        stage.Recover();

        Assert.Equal("created", scene.StatusOf(id));
        Assert.Equal(["create"], EventStream.ReadAll(scene).TypesOf(id));
        stage.Close();
    }

    private static string CrashIn(Scene scene, Stage stage, string verb, string step)
    {
        string id = scene.NewId();
        string bundle = scene.Payload("ignore-term");
        _ = stage.StartDoomed(step).Client.Send(verb, new { id, bundle });
        stage.WaitForDeath();
        return id;
    }

    private static void AssertNotThere(Scene scene, string id)
    {
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
        Assert.Empty(EventStream.ReadAll(scene).TypesOf(id));
    }

    private void AssertUndone(string verb, string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, verb, step);
        _ = stage.Let(meanwhile, id);

        stage.Recover();

        AssertNotThere(scene, id);
        stage.Close();
    }

    private void AssertFinished(string runtime, string verb, string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With(runtime));
        using var stage = new Stage(scene, runtime);
        string id = CrashIn(scene, stage, verb, step);
        Assert.True(stage.Let(meanwhile, id));

        stage.Recover();

        string[] events = verb == "run" ? ["create", "start"] : ["create"];
        if (meanwhile == Meanwhile.Nothing)
        {
            Assert.Equal(verb == "run" ? "running" : "created", scene.StatusOf(id));
            Assert.Equal(events, EventStream.ReadAll(scene).TypesOf(id));
        }
        else
        {
            Assert.Equal(("SIGKILL", "waited"), Truth.ExitOf(scene, id));
            Assert.Equal([.. events, "exit"], EventStream.ReadAll(scene).TypesOf(id));
        }

        stage.Close();
    }
}
