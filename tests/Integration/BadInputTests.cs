using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What is refused, with which words, and that nothing is left of it.</summary>
public sealed class BadInputTests : SceneTests
{
    public static TheoryData<string> WrongIds => ["", "/", "a/b", "..", "../../etc", ".hidden", "-dash", new string('x', 129), new string('x', 300), "a b", "a\n", "größe"];

    public static TheoryData<string> MethodsWithAnId => ["start", "wait", "stop", "delete", "state", "processes"];

    [Theory]
    [MemberData(nameof(WrongIds))]
    public void Create_WrongId_IsRefused(string id)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        AgentReplyError error = scene.Client.Refused("create", new { id, bundle = scene.Payload() });

        Assert.Equal(("INVALID_PARAMS", "id"), (error.Name, error.Data.Text("path")));
        Assert.Empty(scene.Fake.Calls);
        scene.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(MethodsWithAnId))]
    public void Method_UnknownId_NotFound(string method)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        AgentReplyError error = scene.Client.Refused(method, new { id = "nobody" });

        Assert.Equal((1001, "NOT_FOUND"), (error.Code, error.Name));
        Assert.Contains("nobody", error.Message, StringComparison.Ordinal);
        Assert.Equal("INVALID_PARAMS", scene.Client.Refused(method, new { id = "../x" }).Name);
    }

    [Fact]
    public void Kill_UnknownId_NotFound()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        Assert.Equal("NOT_FOUND", scene.Client.Refused("kill", new { id = "nobody", signal = "TERM" }).Name);
    }

    [Fact]
    public void Method_UnknownProcess_NotFound()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();
        foreach (string method in (ReadOnlySpan<string>)["wait", "delete", "state"])
        {
            Assert.Equal("NOT_FOUND", scene.Client.Refused(method, new { id, process = "nobody" }).Name);
        }
    }

    [Fact]
    public void Create_TakenId_AlreadyExists()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        string instance = scene.Client.Call("state", new { id }).Text("instance");

        foreach (string method in (ReadOnlySpan<string>)["create", "run"])
        {
            AgentReplyError error = scene.Client.Refused(method, new { id, bundle = scene.Payload() });
            Assert.Equal((1002, "ALREADY_EXISTS", instance), (error.Code, error.Name, error.Data.Text("instance")));
        }

        Assert.Equal(("created", instance), (scene.StatusOf(id), scene.Client.Call("state", new { id }).Text("instance")));
    }

    [Fact]
    public void Create_TakenWhileBeingCreated_AlreadyExists()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Close("create");
        string id = scene.NewId();
        long first = scene.Client.Send("create", new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("create");
        Client other = scene.Connect();

        Assert.Equal("ALREADY_EXISTS", other.Refused("create", new { id, bundle = scene.Payload() }).Name);
        Assert.Equal("creating", other.Call("state", new { id }).Text("status"));
        scene.Fake.Open("create");

        Assert.Equal("created", scene.Client.Result(first).Text("status"));
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("stop")]
    public void Signal_WrongName_IsRefused(string method)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        foreach (object signal in (object[])["SIGNOTHING", "", "0", 0, 65, -1])
        {
            AgentReplyError error = scene.Client.Refused(method, new { id, signal });
            Assert.Equal(("INVALID_PARAMS", "signal"), (error.Name, error.Data.Text("path")));
        }

        Assert.Equal("running", scene.StatusOf(id));
    }

    [Fact]
    public void Create_BundleMissing_IsInvalid()
        => AssertInvalidBundle(bundle => { }, bundle => bundle, "not a directory");

    [Fact]
    public void Create_BundleWithoutConfig_IsInvalid()
        => AssertInvalidBundle(bundle => Directory.CreateDirectory(bundle), bundle => $"{bundle}/config.json", "ENOENT");

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{\"process\":", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{\"ociVersion\":\"1.0.2\"}", "no 'process'")]
    [InlineData("{\"process\":{}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[]}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[1]}}", "process.args")]
    [InlineData("{\"process\":{\"args\":[\"\"]}}", "process.args[0]")]
    public void Create_ConfigWrong_IsInvalid(string config, string words)
        => AssertInvalidBundle(
            bundle =>
            {
                Directory.CreateDirectory(bundle);
                File.WriteAllText($"{bundle}/config.json", config);
            },
            bundle => $"{bundle}/config.json",
            words);

    [Fact]
    public void Create_BundleRelative_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = "bundle" });

        Assert.Equal(("INVALID_PARAMS", "bundle"), (error.Name, error.Data.Text("path")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Create_ConfigTheRuntimeRefuses_PassesItsWordsOn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        System.Text.Json.Nodes.JsonObject config = BundleBuilder.Config(["/shimd"]);
        config["root"]!["path"] = scene["no-such-rootfs"];

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = BundleBuilder.Write(scene["bundle"], config) });

        // Without a root file system there is no telling whether the program is in it.
        Assert.Equal("RUNTIME_FAILED", error.Name);
        Assert.Equal(runtime, error.Data.GetProperty("runtime").Text("name"));
        Assert.Contains("no-such-rootfs", error.Data.GetProperty("runtime").Text("message"), StringComparison.Ordinal);
        scene.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_ProgramMissing_ExecNotFound(string runtime)
        => AssertNoProgram(runtime, "/no/such/program", 1012, "EXEC_NOT_FOUND");

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_ProgramWithoutPath_ExecNotFound(string runtime)
        => AssertNoProgram(runtime, "no-such-program", 1012, "EXEC_NOT_FOUND");

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_ProgramNotExecutable_ExecNotExecutable(string runtime)
        => AssertNoProgram(runtime, BundleBuilder.NotExecutable, 1013, "EXEC_NOT_EXECUTABLE");

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Run_AfterAFailure_TheIdIsFree(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Refused("run", new { id, bundle = scene.Program("/no/such/program") });

        Assert.Equal("running", scene.Client.Call("run", new { id, bundle = scene.Payload("until-term") }).Text("status"));
    }

    [Fact]
    public void Create_UnknownMember_IsRefusedBeforeAnythingIsDone()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload(), bundel = "x" });

        Assert.Equal("INVALID_PARAMS", error.Name);
        Assert.Contains("bundel", error.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Fake.Calls);
    }

    private void AssertInvalidBundle(Action<string> make, Func<string, string> path, string words)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string bundle = scene["bundle"];
        make(bundle);

        foreach (string method in (ReadOnlySpan<string>)["create", "run"])
        {
            AgentReplyError error = scene.Client.Refused(method, new { id = scene.NewId(), bundle });
            Assert.Equal((1011, "BUNDLE_INVALID", path(bundle)), (error.Code, error.Name, error.Data.Text("path")));
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(scene.Fake.Calls);
        scene.AssertNothingLeft();
    }

    /// <summary>With create or run: crun notices at create, runc at start.</summary>
    private void AssertNoProgram(string runtime, string program, int code, string name)
    {
        Scene scene = Enter(Scene.With(runtime));

        AgentReplyError error = scene.Client.Refused("run", new { id = scene.NewId(), bundle = scene.Program(program) });

        Assert.Equal((code, name), (error.Code, error.Name));
        Assert.Contains(program, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Data.GetProperty("runtime").Text("message"));
        Assert.NotEqual(0, error.Data.GetProperty("runtime").Number("exit"));
        scene.AssertNothingLeft();
    }
}
