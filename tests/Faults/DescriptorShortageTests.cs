using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>The agent is at its limit of open files: who asks is told so, nothing is half done, and what runs is not touched.</summary>
public sealed class DescriptorShortageTests : SceneTests
{
    private const int MaxRoom = 24;
    private const int Plenty = 1024;

    [Theory]
    [InlineData("create", false)]
    [InlineData("run", false)]
    [InlineData("run", true)]
    public void Create_NotEnoughLeft_IsRefusedAndNothingIsLeft(string method, bool crun)
    {
        Scene scene = Enter(crun ? Scene.With("crun") : Scene.WithFakeRuntime());
        string prlimit = Machine.RequireProgram("prlimit");
        int pid = scene.Agent.Pid;
        string before = crun ? scene.RunReady("until-term") : scene.Run();
        string bundle = scene.Payload("until-term");
        int open = ProcFs.DescriptorsOf(pid).Count;
        int refused = 0;
        for (int room = 0; room <= MaxRoom; room++)
        {
            string id = scene.NewId();
            Limit(prlimit, pid, open + room);
            long request = scene.Client.Send(method, new { id, bundle });
            bool isRefused = scene.Client.Reply(request).TryGetProperty("error", out System.Text.Json.JsonElement error);
            Limit(prlimit, pid, Plenty);
            if (isRefused)
            {
                refused++;
                Assert.Equal("LIMIT", error.GetProperty("data").Text("name"));
                Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
                Assert.False(Directory.Exists(Path.Combine(scene.Agent.Root, "containers", id)));
            }
            else
            {
                _ = scene.Client.Call("delete", new { id, force = true });
            }

            Poll.Until(() => ProcFs.DescriptorsOf(pid).Count <= open, "what was open for it is closed");
            Assert.Equal("running", scene.StatusOf(before));
        }

        Assert.InRange(refused, 5, MaxRoom - 1);
    }

    private static void Limit(string prlimit, int pid, int count)
        => Assert.Equal("", Child.Run(prlimit, "--pid", $"{pid}", $"--nofile={count}:").Errors);
}
