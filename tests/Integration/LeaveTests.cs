using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>delete that is not waited for: gone for whoever looks, while the runtime is still at it.</summary>
public sealed class LeaveTests : SceneTests
{
    [Fact]
    public void Delete_NotAwaited_IsGoneAtOnce_AndItsNameIsFreeWhenTheRuntimeIsDone()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = Ended(scene);
        using Client events = scene.Connect();
        _ = events.Call("subscribe", new { ids = new[] { id } });

        JsonElement last = scene.Client.Call("delete", new { id, wait = false });

        Assert.Equal("stopped", last.Text("status"));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
        Assert.Equal("NOT_FOUND", scene.Client.Refused("delete", new { id }).Name);
        Assert.Empty(scene.Client.Call("list").GetProperty("containers").EnumerateArray());
        using Client next = scene.Connect();
        long again = next.Send("create", new { id, bundle = scene.Payload() });
        Assert.False(next.IsAnswered(again, withinMs: 100));
        scene.Fake.Open("delete");

        Assert.NotEqual(last.Text("instance"), next.Result(again).Text("instance"));
        Assert.Equal(["delete", "create"], [events.NextEvent().Text("type"), events.NextEvent().Text("type")]);
    }

    [Fact]
    public void Delete_NotAwaited_RuntimeFails_IsThereAgain_AndTheLogSaysWhy()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Fail("delete", "out of order");
        string id = Ended(scene);

        _ = scene.Client.Call("delete", new { id, wait = false });
        scene.Fake.Open("delete");

        Poll.Until(() => scene.Agent.Log.Contains($"shimd[2006] {id}: clean-up failed: runtime delete failed: out of order", StringComparison.Ordinal), "the log says why");
        Assert.Equal(id, Assert.Single(scene.Client.Call("list").GetProperty("containers").EnumerateArray()).Text("id"));
        Assert.Equal("stopped", scene.StatusOf(id));
        scene.Fake.Behave();
        _ = scene.Client.Call("delete", new { id });
    }

    [Fact]
    public void Delete_NotAwaited_OfARunningOne_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        Assert.Equal("BAD_STATE", scene.Client.Refused("delete", new { id, wait = false }).Name);

        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void RunAndRemove_TheSameNameAgainAndAgain_IsAlwaysFree(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string bundle = scene.Payload("exit 3");

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(new Said(3, "", ""), scene.Say("run", "--rm", "-b", bundle, id));
            Assert.Equal("", scene.Say("ps", "-q").Output);
        }
    }

    /// <summary>A container whose process has ended, and whose shim waits for the runtime's delete.</summary>
    private static string Ended(Scene scene)
    {
        scene.Fake.Program = "exit 3";
        scene.Fake.Close("delete");
        string id = scene.Run();
        _ = scene.WaitFor(id);
        return id;
    }
}
