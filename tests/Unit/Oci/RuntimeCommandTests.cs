using Shimd.Oci;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class RuntimeCommandTests
{
    private static readonly RuntimeRecord s_runtime = new() { Name = "crun", Path = "/usr/bin/crun", Root = "/r/runtime/crun" };

    [Fact]
    public void Compose_Runtime_GlobalOptionsThenItsOwnThenTheVerb()
    {
        RuntimeRecord runtime = new() { Name = s_runtime.Name, Path = s_runtime.Path, Root = s_runtime.Root, Arguments = ["--debug", "--cgroup-manager=disabled"] };

        Assert.Equal(
            ["/usr/bin/crun", "--root", "/r/runtime/crun", "--log", "/l", "--log-format", "json", "--debug", "--cgroup-manager=disabled", "start", "c"],
            RuntimeCommand.Compose(runtime, "/l", RuntimeCommand.Start("c")));
    }

    [Fact]
    public void Compose_NoArguments_JustTheGlobalOptions()
        => Assert.Equal(
            ["/usr/bin/crun", "--root", "/r/runtime/crun", "--log", "/l", "--log-format", "json", "state", "c"],
            RuntimeCommand.Compose(s_runtime, "/l", RuntimeCommand.State("c")));

    [Fact]
    public void Create_Options_Golden()
    {
        Assert.Equal(["create", "--bundle", "/b", "--pid-file", "/p", "c"], RuntimeCommand.Create("c", "/b", "/p", noPivot: false, consoleSocket: null));
        Assert.Equal(
            ["create", "--bundle", "/b", "--pid-file", "/p", "--console-socket", "/s", "--no-pivot", "c"],
            RuntimeCommand.Create("c", "/b", "/p", noPivot: true, consoleSocket: "/s"));
    }

    [Fact]
    public void Run_Options_Golden()
    {
        Assert.Equal(
            ["run", "--bundle", "/b", "--pid-file", "/p", "--detach", "c"],
            RuntimeCommand.Run("c", "/b", "/p", noPivot: false, consoleSocket: null));
        Assert.Equal(
            ["run", "--bundle", "/b", "--pid-file", "/p", "--console-socket", "/s", "--no-pivot", "--detach", "c"],
            RuntimeCommand.Run("c", "/b", "/p", noPivot: true, consoleSocket: "/s"));
    }

    [Fact]
    public void Exec_Options_Golden()
    {
        Assert.Equal(
            ["exec", "--detach", "--process", "/spec", "--pid-file", "/p", "c"],
            RuntimeCommand.Exec("c", "/spec", "/p", consoleSocket: null));
        Assert.Equal(
            ["exec", "--detach", "--process", "/spec", "--pid-file", "/p", "--console-socket", "/s", "c"],
            RuntimeCommand.Exec("c", "/spec", "/p", consoleSocket: "/s"));
    }

    [Fact]
    public void ShortVerbs_Options_Golden()
    {
        Assert.Equal(["start", "c"], RuntimeCommand.Start("c"));
        Assert.Equal(["state", "c"], RuntimeCommand.State("c"));
        Assert.Equal(["pause", "c"], RuntimeCommand.Pause("c"));
        Assert.Equal(["resume", "c"], RuntimeCommand.Resume("c"));
        Assert.Equal(["update", "--resources", "/f", "c"], RuntimeCommand.Update("c", "/f"));
        Assert.Equal(["delete", "c"], RuntimeCommand.Delete("c", force: false));
        Assert.Equal(["delete", "--force", "c"], RuntimeCommand.Delete("c", force: true));
        Assert.Equal(["kill", "--all", "c", "9"], RuntimeCommand.KillAll("c", 9));
    }
}
