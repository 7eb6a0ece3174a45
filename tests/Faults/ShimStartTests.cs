using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>Shims that cannot be started, or end as soon as they are.</summary>
public sealed class ShimStartTests : SceneTests
{
    private const int Rounds = 10;
    private const int AtOnce = 8;

    /// <summary>Some have ended before the agent's loop hears of their pid.</summary>
    [Fact]
    public void Create_ShimsEndAtOnce_EachIsToldHow()
    {
        using var directory = new TempDirectory();
        Scene scene = Enter(Scene.WithFakeRuntime("--shim", Shim(directory)));

        AssertRefused(scene, Rounds, "exit code 7");
    }

    /// <summary>posix_spawn(3) reaps a child that could not execute its program, on another thread than the agent's reaper.</summary>
    [Fact]
    public void Create_ShimIsGone_ManyAtOnce_TheAgentLives()
    {
        using var directory = new TempDirectory();
        string shim = Shim(directory);
        Scene scene = Enter(Scene.WithFakeRuntime("--shim", shim));
        File.Delete(shim);
        int agent = scene.Agent.Pid;

        AssertRefused(scene, Rounds * 5, "cannot start the shim");

        Assert.True(ProcFs.IsAlive(agent));
    }

    [Fact]
    public void Create_ShimIsGone_SaysSoAndGoesOnWhenItIsBack()
    {
        using var directory = new TempDirectory();
        string shim = Shim(directory);
        Scene scene = Enter(Scene.WithFakeRuntime("--shim", shim));
        File.Delete(shim);

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload() });

        Assert.Contains($"cannot start the shim {shim}", error.Message, StringComparison.Ordinal);
        scene.AssertNothingLeft();
        File.Copy(Machine.Binary, shim);
        Assert.Equal("created", scene.StatusOf(scene.Create()));
    }

    /// <summary>More than the agent looks through at each signal: it asks for those that are waited for, and for the others when it is time.</summary>
    [Fact]
    public void Kill_ManyShimsAtOnce_AllAreReaped()
    {
        const int Many = 80;
        Scene scene = Enter(Scene.WithFakeRuntime());
        string[] ids = [.. Enumerable.Range(0, Many).Select(_ => scene.Run("sleep 1000"))];

        Assert.All(ids.Select(scene.ShimOf).ToArray(), shim => ProcessControl.Kill(shim, Signal.SIGKILL).OrThrow("kill"));

        Assert.All(ids, id => Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal")));
        long[] deletes = [.. ids.Select(id => scene.Client.Send("delete", new { id }))];
        Assert.All(deletes, delete => scene.Client.Result(delete));
        Poll.Until(() => ProcFs.ChildrenOf(scene.Agent.Pid).Count == 0, "no child is left", 30_000);
        scene.AssertNothingLeft();
    }

    /// <summary>Creates from several clients at once are each refused with those words, and leave nothing.</summary>
    private static void AssertRefused(Scene scene, int rounds, string words)
    {
        Client[] clients = [.. Enumerable.Range(0, AtOnce).Select(_ => scene.Connect())];
        for (int round = 0; round < rounds; round++)
        {
            long[] creates = [.. clients.Select(client => client.Send("create", new { id = scene.NewId(), bundle = scene.Payload() }))];
            Assert.All(creates.Zip(clients), create => Assert.Contains(words, create.Second.Error(create.First).Message, StringComparison.Ordinal));
        }

        scene.AssertNothingLeft();
    }

    private static string Shim(TempDirectory directory)
    {
        string shim = directory["shim"];
        File.WriteAllText(shim, "#!/bin/sh\nexit 7\n");
        File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return shim;
    }
}
