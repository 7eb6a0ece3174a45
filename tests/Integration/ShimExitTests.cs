using System.Text.Json;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>From the end of a process to the clean-up by its shim.</summary>
public sealed class ShimExitTests : SceneTests
{
    /// <summary>The shim is still for 50 ms; the kernel may date a file by up to 10 ms too early.</summary>
    private static readonly TimeSpan s_still = TimeSpan.FromMilliseconds(40);

    [Theory]
    [InlineData("exit 7", 7, "")]
    [InlineData("until-term 3", 3, "")]
    [InlineData("ignore-term", 137, "SIGKILL")]
    public void Exit_AtRest_IsKnownAndCleanedUp(string step, int code, string signal)
    {
        Scene scene = Enter(Scene.With("crun"));
        using Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "exit" } });
        string id = step.StartsWith("exit", StringComparison.Ordinal) ? scene.Run("sleep 3", step) : scene.RunReady(step);
        ProcFs.AwaitRest(scene.ShimOf(id));

        if (!step.StartsWith("exit", StringComparison.Ordinal))
        {
            _ = scene.Client.Call("stop", new { id, timeoutMs = 500 });
        }

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal((code, "waited"), (exit.Number("code"), exit.Text("source")));
        Assert.Equal(signal, exit.TryGetProperty("signal", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : "");
        Assert.Equal(JsonValueKind.Object, listener.NextEvent("exit", id).ValueKind);
        Poll.Until(() => Directory.GetFiles(scene.ProcessDirectory(id)).Any(file => file.EndsWith("exit.json", StringComparison.Ordinal)), "exit.json");
        _ = scene.Client.Call("delete", new { id });
    }

    [Fact]
    public void CleanUp_ProcessEndedAtRest_WaitsForTheRuntime()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        int shim = scene.ShimOf(id);
        ProcFs.AwaitRest(shim);
        scene.Fake.Close("delete");

        ProcessControl.Kill(scene.PidOf(id), Signal.SIGKILL).OrThrow("kill");
        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        scene.Fake.WaitForCall("delete");

        Assert.False(Poll.Holds(() => !ProcFs.IsAlive(shim), withinMs: 2500), "its shim does not wait for the runtime");
        scene.Fake.Open("delete");
        Poll.Until(() => !ProcFs.IsAlive(shim), "its shim has ended");
        Assert.DoesNotContain("\"error\"", File.ReadAllText($"{scene.ProcessDirectory(id)}/shim.log"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Exit_AgentIsStopped_ShimIsStillForAWhile_AndCleansUp(bool rests)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = rests ? "exec sleep 1000" : "while :; do echo talking; sleep 0.02; done";
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), stdio = new { stdout = "log" } });
        int pid = scene.PidOf(id);
        if (rests)
        {
            ProcFs.AwaitRest(scene.ShimOf(id));
        }

        DateTimeOffset cleanedUp;
        ProcessControl.Kill(scene.Agent.Pid, Signal.Parse("STOP")!.Value).OrThrow("stop the agent");
        try
        {
            ProcessControl.Kill(pid, Signal.SIGKILL).OrThrow("kill");
            scene.Fake.WaitForCall("delete");
            cleanedUp = scene.Fake.LastCallAt;
        }
        finally
        {
            ProcessControl.Kill(scene.Agent.Pid, Signal.SIGCONT).OrThrow("let the agent go on");
        }

        DateTimeOffset ended = StateFile.Read($"{scene.ProcessDirectory(id)}/exit.json", StateJson.Default.ExitRecord).Record!.At;
        Assert.True(cleanedUp - ended > s_still, $"the clean-up came {(cleanedUp - ended).TotalMilliseconds} ms after the end");
        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
    }
}
