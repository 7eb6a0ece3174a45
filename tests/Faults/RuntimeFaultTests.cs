using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>An OCI runtime that does not do as it should.</summary>
public sealed class RuntimeFaultTests : SceneTests
{
    private const long FloodBytes = 100_000_000;
    private const int GrowthKilobytes = 8 * 1024;
    private const int ShimKilobytes = 24 * 1024;

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Create_RuntimeFails_ItsWordsArePassedOn(string verb)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Fail(verb, "out of luck");

        AgentReplyError error = scene.Client.Refused(verb, new { id = scene.NewId(), bundle = scene.Payload() });

        Assert.Equal((1014, "RUNTIME_FAILED"), (error.Code, error.Name));
        Assert.Equal(("runtime", "out of luck"), (error.Data.GetProperty("runtime").Text("name"), error.Data.GetProperty("runtime").Text("message")));
        Assert.Equal(1, error.Data.GetProperty("runtime").Number("exit"));
        Assert.Contains("out of luck", error.Message, StringComparison.Ordinal);
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Start_RuntimeFails_TheContainerIsStillCreated()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        scene.Fake.Fail("start", "not today");

        AgentReplyError error = scene.Client.Refused("start", new { id });

        Assert.Equal("RUNTIME_FAILED", error.Name);
        Assert.Equal("created", scene.StatusOf(id));
        scene.Fake.Behave();
        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Create_RuntimeHangs_TimeoutAndNothingIsLeft(string verb)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Hang(verb);

        AgentReplyError error = scene.Client.Refused(verb, new { id = scene.NewId(), bundle = scene.Payload(), timeoutMs = 50 });

        Assert.Equal((1006, "TIMEOUT"), (error.Code, error.Name));
        Assert.Contains("50 ms", error.Message, StringComparison.Ordinal);
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Start_EndsBeforeTheRuntimeDoes_IsStartedAndItsExitTold()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 4";
        scene.Fake.Keep("start");
        Client listener = scene.Connect();
        _ = listener.Call("subscribe");
        string id = scene.Create();

        // As runc does, which takes its exec.fifo away when the program runs already. A shim that cleans up meanwhile must not be in its way.
        int shim = scene.ShimOf(id);
        long start = scene.Client.Send("start", new { id });
        Poll.Until(() => File.Exists($"{scene.ProcessDirectory(id)}/exit.json"), "the container has ended");
        _ = Poll.Holds(() => !ProcFs.IsAlive(shim), withinMs: 500);
        scene.Fake.LetGo("start");

        Assert.False(scene.Client.Result(start).IsNull("startedAt"));
        Assert.Equal(4, scene.WaitFor(id).Number("code"));
        Assert.Equal(["create", "start", "exit"], new[] { listener.NextEvent(), listener.NextEvent(), listener.NextEvent() }.Select(e => e.Text("type")));
    }

    [Fact]
    public void Start_RuntimeHangs_TimeoutAndOthersAreServed()
    {
        Scene scene = Enter(Scene.WithFakeRuntime("--runtime-timeout", "1500"));
        string id = scene.Create();
        string other = scene.Create();
        scene.Fake.Hang("start");
        Client client = scene.Connect();

        long start = client.Send("start", new { id });
        scene.Fake.WaitForCall("start");
        Assert.Equal("created", scene.StatusOf(other));
        _ = scene.Client.Call("kill", new { id = other, signal = "KILL" });
        Assert.Equal("SIGKILL", scene.WaitFor(other).Text("signal"));

        Assert.Equal("TIMEOUT", client.Error(start).Name);
        Assert.Equal("created", scene.StatusOf(id));
    }

    [Fact]
    public void Delete_RuntimeFails_TheContainerStaysUntilItCanBeDeleted()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "exit 3";
        scene.Fake.Fail("delete", "busy");
        string id = scene.Run();
        _ = scene.WaitFor(id);

        AgentReplyError error = scene.Client.Refused("delete", new { id });

        Assert.Equal(("RUNTIME_FAILED", "busy"), (error.Name, error.Data.GetProperty("runtime").Text("message")));
        Assert.Equal("stopped", scene.StatusOf(id));
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        scene.Fake.Behave();
        Assert.Equal("stopped", scene.Client.Call("delete", new { id }).Text("status"));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public void Create_RuntimeFloodsAndFails_MemoryIsFlat(string verb)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        int before = ProcFs.KilobytesOf(scene.Agent.Pid, "VmHWM");
        scene.Fake.Flood(verb, FloodBytes);
        scene.Fake.Fail(verb, "after all that");
        scene.Fake.Close("delete");
        string id = scene.NewId();

        long request = scene.Client.Send(verb, new { id, bundle = scene.Payload() });
        scene.Fake.WaitForCall("delete");
        int shim = ProcFs.ChildrenOf(scene.Agent.Pid).Single();
        int shimKilobytes = ProcFs.KilobytesOf(shim, "VmHWM");
        scene.Fake.Open("delete");
        AgentReplyError error = scene.Client.Error(request);

        Assert.Equal("RUNTIME_FAILED", error.Name);
        Assert.InRange(shimKilobytes, 1, ShimKilobytes);
        Assert.InRange(ProcFs.KilobytesOf(scene.Agent.Pid, "VmHWM") - before, 0, GrowthKilobytes);
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Start_RuntimeFloods_WorksAndMemoryIsFlat()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        int before = ProcFs.KilobytesOf(scene.Agent.Pid, "VmHWM");
        scene.Fake.Flood("start", FloodBytes);

        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));

        Assert.InRange(ProcFs.KilobytesOf(scene.Agent.Pid, "VmHWM") - before, 0, GrowthKilobytes);
    }

    [Fact]
    public void Create_RuntimeWritesNoPidFile_FailsAndNothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.ForgetPidFile();

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload() });

        Assert.Contains("pid", error.Message, StringComparison.Ordinal);
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Create_RuntimeIsGone_RuntimeMissing()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        File.Delete(scene.Fake.Path);

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload() });

        Assert.Equal((1015, "RUNTIME_MISSING"), (error.Code, error.Name));
        scene.AssertNothingLeft();
    }

    [Fact]
    public void Start_RuntimeIsGone_RuntimeMissingAndTheContainerStays()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        File.Move(scene.Fake.Path, scene.Fake.Path + ".away");

        Assert.Equal("RUNTIME_MISSING", scene.Client.Refused("start", new { id }).Name);

        Assert.Equal("created", scene.StatusOf(id));
        File.Move(scene.Fake.Path + ".away", scene.Fake.Path);
    }

    [Fact]
    public void Create_RuntimeIsNoProgram_FailsAndNothingIsLeft()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        File.WriteAllText(scene.Fake.Path, "no script");

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload() });

        Assert.Equal("RUNTIME_FAILED", error.Name);
        scene.AssertNothingLeft();
    }
}
