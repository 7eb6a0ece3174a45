using System.Text.Json;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults.Matrix;

/// <summary>The agent is killed in the midst of an exec, or while one runs; its container is never touched for that.</summary>
public sealed class MatrixExecTests : SceneTests
{
    private const string Name = "probe";

    private static readonly string[] s_beforeTheShim =
    [
        CrashPoint.ProcessDirectoryMade, CrashPoint.ProcessRecordWritten, CrashPoint.ExecAdded, CrashPoint.LaunchBeforeSpawn,
    ];

    private static readonly string[] s_withTheShim = [CrashPoint.LaunchAfterSpawn, CrashPoint.LaunchReported, CrashPoint.ExecStarted];

    public static TheoryData<string> BeforeTheShim => [.. s_beforeTheShim];

    public static TheoryData<string, Meanwhile> WithTheShim
        => Stage.EachWith(s_withTheShim, Meanwhile.Nothing, Meanwhile.ProcessEnds, Meanwhile.ShimDies, Meanwhile.Both);

    public static TheoryData<string> Init => [.. s_beforeTheShim, .. s_withTheShim];

    [Theory]
    [MemberData(nameof(BeforeTheShim))]
    public void Exec_KilledBeforeTheShim_IsForgotten(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, step);

        stage.Recover();

        Assert.Equal("running", scene.StatusOf(id));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id, process = Name }).Name);
        _ = scene.Client.Call("exec", new { id, process = Name, args = (string[])["/shimd", "payload", "ignore-term"] });
        stage.Close();
    }

    [Theory]
    [MemberData(nameof(WithTheShim))]
    public void Exec_KilledWithTheShim_IsFinished(string step, Meanwhile meanwhile) => AssertFinished("crun", step, meanwhile);

    [Theory]
    [InlineData(CrashPoint.LaunchAfterSpawn, Meanwhile.Nothing)]
    [InlineData(CrashPoint.ExecStarted, Meanwhile.ShimDies)]
    public void Exec_KilledWithTheShim_IsFinishedWithRuncToo(string step, Meanwhile meanwhile) => AssertFinished("runc", step, meanwhile);

    [Theory]
    [MemberData(nameof(Init))]
    public void Exec_KilledAndInitEnds_ItsExitIsTheLast(string step)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, step);
        _ = stage.Let(Meanwhile.Nothing, id, Name);
        _ = stage.Let(Meanwhile.ProcessEnds, id);

        stage.Recover();

        Assert.Equal(("SIGKILL", "waited"), Truth.ExitOf(scene, id));
        stage.Close();
    }

    [Theory]
    [InlineData(Meanwhile.Nothing)]
    [InlineData(Meanwhile.ProcessEnds)]
    [InlineData(Meanwhile.ShimDies)]
    [InlineData(Meanwhile.Both)]
    public void ExecRunning_AgentKilled_IsAsItIs(Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("exec", new { id, process = Name, args = (string[])["/shimd", "payload", "ignore-term"] });
        scene.Agent.Kill();
        _ = stage.Let(meanwhile, id, Name);

        stage.Recover();

        AssertProcess(scene, id, meanwhile);
        stage.Close();
    }

    [Theory]
    [InlineData(Meanwhile.ProcessEnds)]
    [InlineData(Meanwhile.Both)]
    public void ExecRunning_AgentKilledAndInitEnds_ItsExitIsTheLast(Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("exec", new { id, process = Name, args = (string[])["/shimd", "payload", "ignore-term"] });
        scene.Agent.Kill();
        _ = stage.Let(meanwhile & Meanwhile.ShimDies, id, Name);
        _ = stage.Let(Meanwhile.ProcessEnds, id);

        stage.Recover();

        Assert.Equal("stopped", scene.StatusOf(id));
        stage.Close();
    }

    [Theory]
    [InlineData(Meanwhile.ProcessEnds)]
    [InlineData(Meanwhile.Both)]
    public void ExecRunning_NameWasUsedBefore_ItsOwnEndIsTold(Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        object request = new { id, process = Name, args = (string[])["/shimd", "payload", "ignore-term"] };
        foreach (bool first in (bool[])[true, false])
        {
            _ = scene.Client.Call("exec", request);
            if (first)
            {
                ProcessControl.Kill(Assert.Single(Stage.ShimsOf(id, Name)), Signal.SIGKILL).OrThrow("kill");
                _ = scene.Client.Call("wait", new { id, process = Name });
                _ = scene.Client.Call("delete", new { id, process = Name });
            }
        }

        scene.Agent.Kill();
        _ = stage.Let(meanwhile, id, Name);

        stage.Recover();

        AssertProcess(scene, id, meanwhile);
        Assert.Equal(meanwhile == Meanwhile.Both ? 2 : 1, EventStream.ReadAll(scene).TypesOf(id).Count(type => type == $"shim-lost({Name})"));
        Assert.Equal(2, EventStream.ReadAll(scene).TypesOf(id).Count(type => type == $"exit({Name})"));
        stage.Close();
    }

    [Fact]
    public void Exec_KilledBeforeItIsForgotten_StaysUntilDelete()
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        _ = stage.StartDoomed(CrashPoint.ExecEnded).Client.Send("exec", new { id, wait = true, args = (string[])["/shimd", "payload", "exit", "7"] });
        stage.WaitForDeath();

        stage.Recover();

        JsonElement exec = Assert.Single(
            scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray(), process => process.Text("process") != "init");
        Assert.Equal(7, exec.GetProperty("exit").Number("code"));
        stage.Close();
    }

    [Fact]
    public void Exec_KilledWhileItIsForgotten_IsForgotten()
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = scene.Run("ignore-term");
        _ = stage.StartDoomed(CrashPoint.ProcessRenamed).Client.Send("exec", new { id, wait = true, args = (string[])["/shimd", "payload", "exit", "7"] });
        stage.WaitForDeath();

        stage.Recover();

        _ = Assert.Single(scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray());
        stage.Close();
    }

    [Fact]
    public void Exec_ShimHasWrittenTheExitAndGoesBeforeItAnswers_IsFinished()
    {
        Scene scene = Enter(Scene.With("crun"));
        using var stage = new Stage(scene, "crun");
        string id = CrashIn(scene, stage, CrashPoint.LaunchReported);
        string directory = scene[$"root/containers/{id}/processes/{Name}"];
        Assert.True(stage.Let(Meanwhile.ProcessEnds, id, Name));
        Poll.Until(() => !Stage.HasShim(directory), "the shim has gone");

        // In its place: what looks as if it lived, and answers nothing.
        using (FileLock.TryTake($"{directory}/lock").OrThrow("flock"))
        {
            scene.Agent.Start();
            AssertProcess(scene, id, Meanwhile.ProcessEnds);
        }

        stage.Close();
    }

    private static string CrashIn(Scene scene, Stage stage, string step)
    {
        string id = scene.Run("ignore-term");
        object request = new { id, process = Name, args = (string[])["/shimd", "payload", "ignore-term"] };
        _ = stage.StartDoomed(step).Client.Send("exec", request);
        stage.WaitForDeath();
        return id;
    }

    private static void AssertProcess(Scene scene, string id, Meanwhile meanwhile)
    {
        Assert.Equal("running", scene.StatusOf(id));
        if (meanwhile == Meanwhile.Nothing)
        {
            Assert.Equal("running", scene.Client.Call("state", new { id, process = Name }).Text("status"));
            return;
        }

        (string signal, string source) = Truth.ExitOf(scene, id, Name);
        Assert.Contains(source, meanwhile.HasFlag(Meanwhile.ShimDies) ? ["pidfd", "lost"] : (string[])["waited"]);
        Assert.Equal(source == "lost" ? "" : "SIGKILL", signal);
    }

    private void AssertFinished(string runtime, string step, Meanwhile meanwhile)
    {
        Scene scene = Enter(Scene.With(runtime));
        using var stage = new Stage(scene, runtime);
        string id = CrashIn(scene, stage, step);
        Assert.True(stage.Let(meanwhile, id, Name));

        stage.Recover();

        AssertProcess(scene, id, meanwhile);
        stage.Close();
    }
}
