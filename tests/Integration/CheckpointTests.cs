using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>checkpoint and restoreFrom, with a scripted runtime: CRIU is not everywhere, and what counts here is what the runtime is told.</summary>
public sealed class CheckpointTests : SceneTests
{
    private const string OptionsFile = "shimd-checkpoint.json";

    [Fact]
    public void Checkpoint_NoOptions_TheContainerEnds()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string id = Run(scene, runtime);
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id } });

        JsonElement result = scene.Client.Call("checkpoint", new { id, path = scene["image"] });

        Assert.Equal("{}", result.ToString());
        Assert.Equal([$"checkpoint --image-path {scene["image"]} {id}"], runtime.Calls);
        Assert.Equal("checkpointed", listener.NextEvent().Text("type"));
        Assert.Equal("exit", listener.NextEvent().Text("type"));
        Assert.Equal("SIGKILL", scene.WaitFor(id).Text("signal"));
        Assert.True(File.Exists($"{scene["image"]}/{OptionsFile}"));
        Assert.Equal("cannot checkpoint a container in the 'stopped' state", scene.Client.Refused("checkpoint", new { id, path = scene["image"] }).Message);
    }

    [Theory]
    [InlineData("leaveRunning", "--leave-running")]
    [InlineData("tcpEstablished", "--tcp-established")]
    [InlineData("shellJob", "--shell-job")]
    [InlineData("extUnixSk", "--ext-unix-sk")]
    public void Checkpoint_OneOption_IsHandedOn(string parameter, string option)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string id = Run(scene, runtime);

        _ = scene.Client.Call("checkpoint", new Dictionary<string, object> { ["id"] = id, ["path"] = scene["image"], [parameter] = true });

        Assert.Equal([$"checkpoint --image-path {scene["image"]} {option} {id}"], runtime.Calls);
    }

    [Fact]
    public void Checkpoint_AllOptions_AreHandedOnAndTheContainerIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string id = Run(scene, runtime);
        int pid = scene.PidOf(id);

        _ = scene.Client.Call("checkpoint", AllOptions(scene, id));

        Assert.Equal(
            [$"checkpoint --image-path {scene["image"]} --leave-running --tcp-established --shell-job --ext-unix-sk --empty-ns network {id}"],
            runtime.Calls);
        Assert.Equal(("running", pid), (scene.StatusOf(id), scene.PidOf(id)));
        using var options = JsonDocument.Parse(File.ReadAllBytes($"{scene["image"]}/{OptionsFile}"));
        Assert.True(options.RootElement.GetProperty("tcpEstablished").GetBoolean());
        Assert.True(options.RootElement.GetProperty("shellJob").GetBoolean());
        Assert.True(options.RootElement.GetProperty("extUnixSk").GetBoolean());
        Assert.Equal("network", options.RootElement.GetProperty("emptyNs")[0].GetString());
    }

    [Fact]
    public void Restore_WithTheOptionsOfTheCheckpoint_Runs()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string first = Run(scene, runtime);
        _ = scene.Client.Call("checkpoint", AllOptions(scene, first));
        _ = scene.Client.Call("delete", new { id = first, force = true });
        string id = scene.NewId();
        string bundle = scene.Payload();
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { ids = new[] { id } });

        JsonElement restored = scene.Client.Call("create", new { id, bundle, runtime = runtime.Path, restoreFrom = scene["image"] });

        Assert.Equal(
            $"restore --bundle {bundle} --pid-file pid --detach --image-path {scene["image"]} --tcp-established --shell-job --ext-unix-sk --empty-ns network {id}",
            WithoutDirectoryOfPidFile(runtime.Calls[^1]));
        Assert.Equal("running", restored.Text("status"));
        Assert.False(restored.IsNull("startedAt"));
        Assert.True(ProcFs.IsAlive(restored.Number("pid")));
        Assert.Equal(["create", "start"], new[] { listener.NextEvent(), listener.NextEvent() }.Select(next => next.Text("type")));
        Assert.Equal("BAD_STATE", scene.Client.Refused("start", new { id }).Name);
        Assert.Equal("SIGTERM", scene.Client.Call("stop", new { id }).GetProperty("exit").Text("signal"));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Restore_NoOptionsKnown_HasNone(string method)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string id = scene.NewId();
        string bundle = scene.Payload();
        _ = Directory.CreateDirectory(scene["image"]);

        JsonElement restored = scene.Client.Call(method, new { id, bundle, runtime = runtime.Path, noPivot = true, restoreFrom = scene["image"] });

        Assert.Equal("running", restored.Text("status"));
        Assert.Equal(
            $"restore --bundle {bundle} --pid-file pid --no-pivot --detach --image-path {scene["image"]} {id}",
            WithoutDirectoryOfPidFile(Assert.Single(runtime.Calls)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("file")]
    public void Restore_NoDirectory_IsRefused(string image)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        File.WriteAllText(scene["file"], "");
        string id = scene.NewId();

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload(), runtime = runtime.Path, restoreFrom = scene[image] });

        Assert.Equal(("INVALID_PARAMS", "restoreFrom"), (error.Name, error.Data.Text("path")));
        Assert.Empty(runtime.Calls);
    }

    [Fact]
    public void Checkpoint_TheRuntimeFails_ItsWordsReachTheClientWhole()
    {
        const string Words = "CRIU check failed: criu: line one of a rather long tale, with 'quotes', umlauts äöü and (code 42); see /var/lib/criu/dump.log";
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        runtime.Fail("checkpoint", Words);
        string id = Run(scene, runtime);

        AgentReplyError error = scene.Client.Refused("checkpoint", new { id, path = scene["image"] });

        Assert.Equal((1014, "RUNTIME_FAILED"), (error.Code, error.Name));
        Assert.Contains(Words, error.Message, StringComparison.Ordinal);
        JsonElement failure = error.Data.GetProperty("runtime");
        Assert.Equal(("more-verbs", 1, Words), (failure.Text("name"), failure.Number("exit"), failure.Text("message")));
        Assert.Equal([scene["image"], id], failure.GetProperty("args").EnumerateArray().Select(arg => arg.GetString()).TakeLast(2));
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Fact]
    public void Restore_TheRuntimeFails_ItsWordsReachTheClientAndNothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        runtime.Fail("restore", "criu failed: type RESTORE errno 3");
        _ = Directory.CreateDirectory(scene["image"]);
        string id = scene.NewId();

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload(), runtime = runtime.Path, restoreFrom = scene["image"] });

        Assert.Equal(("RUNTIME_FAILED", "criu failed: type RESTORE errno 3"), (error.Name, error.Data.GetProperty("runtime").Text("message")));
        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
    }

    [Fact]
    public void Checkpoint_PathThatCannotBe_IsRefusedAndTheRuntimeNotCalled()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        var runtime = new MoreVerbs(scene);
        string id = Run(scene, runtime);

        Assert.Equal("INVALID_PARAMS", scene.Client.Refused("checkpoint", new { id, path = "image" }).Name);
        AgentReplyError error = scene.Client.Refused("checkpoint", new { id, path = scene["none/image"] });

        Assert.Equal("ENOENT", error.Data.Text("errno"));
        Assert.Empty(runtime.Calls);
        Assert.Equal("running", scene.StatusOf(id));
    }

    private static string Run(Scene scene, MoreVerbs runtime)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), runtime = runtime.Path });
        return id;
    }

    private static object AllOptions(Scene scene, string id) => new
    {
        id,
        path = scene["image"],
        leaveRunning = true,
        tcpEstablished = true,
        shellJob = true,
        extUnixSk = true,
        emptyNs = new[] { "network" },
    };

    /// <summary>The pid file lies in the shim's directory, whether that is named or not.</summary>
    private static string WithoutDirectoryOfPidFile(string call)
        => string.Join(' ', call.Split(' ').Select(word => word.EndsWith("/pid", StringComparison.Ordinal) ? "pid" : word));
}
