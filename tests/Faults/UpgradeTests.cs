using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>Another binary takes the place of the one that the shims were started from.</summary>
public sealed class UpgradeTests : SceneTests
{
    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Binary_ReplacedAndAgentRestarted_OldShimsAreHeldAndNewOnesStarted(string runtime)
    {
        using var directory = new TempDirectory();
        string binary = directory["shimd"];
        File.Copy(Machine.Binary, binary);
        Scene scene = Enter(Scene.With(runtime, "--shim", binary));
        string id = scene.RunReady("until-term 5");
        int old = scene.ShimOf(id);
        Assert.Equal(binary, ProcFs.ProgramOf(old));

        File.Copy(Machine.Binary, directory["new"]);
        File.Move(directory["new"], binary, overwrite: true);
        scene.Agent.Restart();

        Assert.Equal($"{binary} (deleted)", ProcFs.ProgramOf(old));
        Assert.Equal("running", scene.Client.Call("state", new { id }).Text("status"));
        JsonElement exec = scene.Client.Call("exec", new { id, process = "more", args = (string[])["/shimd", "payload", "sleep", "1000"] });
        Assert.Equal(binary, ProcFs.ProgramOf(ProcFs.ParentOf(exec.Number("pid"))));
        JsonElement exit = scene.Client.Call("stop", new { id }).GetProperty("exit");
        Assert.Equal((5, "waited"), (exit.Number("code"), exit.Text("source")));
    }
}
