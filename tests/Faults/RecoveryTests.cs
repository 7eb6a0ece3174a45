using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Faults;

/// <summary>State that a start cannot read, or that an older version has written.</summary>
public sealed class RecoveryTests : SceneTests
{
    public static TheoryData<string, string> Unreadable => new()
    {
        { "container.json", "{" },
        { "container.json", "" },
        { "container.json", "null" },
        { "container.json", "[]" },
        { "container.json", "\0\0\0\0" },
        { "container.json", """{"version":1}""" },
        { "container.json", """{"version":2,"shape":"of things to come"}""" },
        { "processes/init/process.json", "{" },
        { "processes/init/process.json", """{"version":2}""" },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Restart_Unreadable_IsPutAsideWithAWarning(string file, string content)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.LeavesQuarantine = true;
        string id = scene.Create();
        string other = scene.Create();
        int pid = scene.PidOf(id);
        int otherPid = scene.PidOf(other);
        string path = Path.Combine(scene.Agent.Root, "containers", id, file);
        scene.Agent.Kill();
        string asItWas = File.ReadAllText(path);
        File.WriteAllText(path, content);

        scene.Agent.Start();

        Assert.Equal("NOT_FOUND", scene.Client.Refused("state", new { id }).Name);
        string aside = Assert.Single(Directory.EnumerateDirectories(Path.Combine(scene.Agent.Root, "quarantine")));
        Assert.Equal(content, File.ReadAllText(Path.Combine(aside, file)));
        Assert.Contains($"warn: shimd[3001] {Path.GetDirectoryName(path)![..(scene.Agent.Root.Length + 12 + id.Length)]}", scene.Agent.Log, StringComparison.Ordinal);
        Assert.True(ProcFs.IsAlive(pid));
        Assert.Equal(("created", otherPid), (scene.StatusOf(other), scene.PidOf(other)));

        // What was put aside can be put back.
        scene.Agent.Kill();
        File.WriteAllText(Path.Combine(aside, file), asItWas);
        Directory.Move(aside, Path.Combine(scene.Agent.Root, "containers", id));
        scene.Agent.Start();
        Assert.Equal(("created", pid), (scene.StatusOf(id), scene.PidOf(id)));
        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));
    }

    [Fact]
    public void Create_NameOfOneInQuarantine_DoesNotTouchIt()
    {
        Scene scene = Enter(Scene.With("crun"));
        scene.LeavesQuarantine = true;
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        string path = Path.Combine(scene.Agent.Root, "containers", id, "container.json");
        scene.Agent.Kill();
        string asItWas = File.ReadAllText(path);
        File.WriteAllText(path, "{");
        scene.Agent.Start();

        AgentReplyError error = scene.Client.Refused("run", new { id, bundle = scene.Payload("exit 0") });

        Assert.Equal("ALREADY_EXISTS", error.Name);
        Assert.Contains("quarantine", error.Message, StringComparison.Ordinal);
        Assert.True(ProcFs.IsAlive(pid));

        scene.Agent.Kill();
        string aside = Assert.Single(Directory.EnumerateDirectories(Path.Combine(scene.Agent.Root, "quarantine")));
        File.WriteAllText(Path.Combine(aside, "container.json"), asItWas);
        Directory.Move(aside, Path.Combine(scene.Agent.Root, "containers", id));
        scene.Agent.Start();
        Assert.Equal(("running", pid), (scene.StatusOf(id), scene.PidOf(id)));
    }

    [Fact]
    public void Create_DirectoryIsThereAlready_IsNotOursToRemove()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        string directory = Path.Combine(scene.Agent.Root, "containers", id);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "somebody's"), "words");

        _ = scene.Client.Refused("create", new { id, bundle = scene.Payload() });

        Assert.Equal("words", File.ReadAllText(Path.Combine(directory, "somebody's")));
        Directory.Delete(directory, recursive: true);
        Assert.Equal("created", scene.Client.Call("create", new { id, bundle = scene.Payload() }).Text("status"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("""{"version":2}""", false)]
    [InlineData("", true)]
    public void Restart_RunningRecordUnreadable_TheContainerIsNotTouched(string content, bool isExec)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        string directory = scene.ProcessDirectory(id);
        if (isExec)
        {
            pid = scene.Client.Call("exec", new { id, process = "probe", args = (string[])["/shimd", "payload", "ignore-term"] }).Number("pid");
            directory = Path.Combine(scene.Agent.Root, "containers", id, "processes", "probe");
        }

        string process = isExec ? "probe" : "init";
        scene.Agent.Kill();
        File.WriteAllText(Path.Combine(directory, "running.json"), content);

        scene.Agent.Start();

        Poll.Until(() => scene.Client.Call("state", new { id, process }).GetProperty("pid").ToString() == $"{pid}", "the shim has told which process it is");
        Assert.Equal("running", scene.Client.Call("state", new { id, process }).Text("status"));
        Assert.True(ProcFs.IsAlive(pid));
        _ = scene.Client.Call("kill", new { id, process, signal = "KILL" });
        Assert.Equal("waited", scene.Client.Call("wait", new { id, process }).Text("source"));
    }

    [Theory]
    [InlineData("process.json", null)]
    [InlineData("process.json", "{")]
    [InlineData("process.json", """{"version":2}""")]
    public void Restart_ExecUnreadable_OnlyThatIsPutAside(string file, string? content)
    {
        Scene scene = Enter(Scene.With("crun"));
        scene.LeavesQuarantine = true;
        string id = scene.Run("ignore-term");
        int pid = scene.PidOf(id);
        foreach (string process in (string[])["probe", "second"])
        {
            _ = scene.Client.Call("exec", new { id, process, args = (string[])["/shimd", "payload", "ignore-term"] });
        }

        string path = Path.Combine(scene.Agent.Root, "containers", id, "processes", "probe", file);
        scene.Agent.Kill();
        if (content is null)
        {
            File.Delete(path);
        }
        else
        {
            File.WriteAllText(path, content);
        }

        scene.Agent.Start();

        Assert.Equal(("running", pid), (scene.StatusOf(id), scene.PidOf(id)));
        Assert.Equal(["init", "second"], ProcessesOf(scene, id));
        Assert.StartsWith($"{id}.probe.", Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(Path.Combine(scene.Agent.Root, "quarantine")))), StringComparison.Ordinal);
    }

    [Fact]
    public void Restart_CopyOfAProcessDirectory_IsPutAside()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.LeavesQuarantine = true;
        string id = scene.Create();
        string copy = Directory.CreateDirectory(scene.ProcessDirectory(id) + ".bak").FullName;
        File.Copy(Path.Combine(scene.ProcessDirectory(id), "process.json"), Path.Combine(copy, "process.json"));

        scene.Agent.Restart();

        Assert.Equal("created", scene.StatusOf(id));
        Assert.Equal(["init"], ProcessesOf(scene, id));
        _ = Assert.Single(Directory.EnumerateDirectories(Path.Combine(scene.Agent.Root, "quarantine")));
    }

    [Fact]
    public void Restart_HalfWrittenFilesBesideTheWholeOnes_AreNoMatter()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        scene.Agent.Kill();
        foreach (string file in (string[])["../../container.json", "process.json", "running.json"])
        {
            File.WriteAllText(Path.Combine(scene.ProcessDirectory(id), file + ".new"), "{");
        }

        scene.Agent.Start();

        Assert.Equal("created", scene.StatusOf(id));
        Assert.Equal("running", scene.Client.Call("start", new { id }).Text("status"));
    }

    [Fact]
    public void Restart_DeleteWasHalfDone_NothingGoesToQuarantine()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.Run("ignore-term");
        _ = scene.Client.Call("exec", new { id, process = "probe", args = (string[])["/shimd", "payload", "ignore-term"] });
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });
        _ = scene.WaitFor(id);
        string shim = $"{scene.ShimOf(id)}";
        Poll.Until(() => !Directory.Exists($"/proc/{shim}"), "the shim has gone");
        scene.Agent.Kill();
        string container = Path.Combine(scene.Agent.Root, "containers", id);
        Rewrite(Path.Combine(container, "container.json"), record => record["phase"] = "deleting");
        File.Delete(Path.Combine(container, "processes/init/process.json"));
        File.Delete(Path.Combine(container, "processes/probe/process.json"));

        scene.Agent.Start();

        Poll.Until(() => scene.Client.Call("list").GetProperty("containers").GetArrayLength() == 0, "the delete is finished");
        scene.AssertNothingLeft();
    }

    /// <summary>The files of version 1, as they were when it was frozen: what reads them must go on reading them.</summary>
    [Fact]
    public void Start_StateOfVersion1_IsTakenOver()
    {
        Scene scene = Enter(Scene.With("crun"));
        scene.Agent.Kill();
        Sample(scene, "web-1", "container", ("process", "init"), ("process-exec", "debug"));
        Sample(scene, "a", "container-created");
        Directory.CreateDirectory(Path.Combine(scene.Agent.Root, "containers/a/processes/init"));
        Rewrite(Copy(scene, "process", "containers/a/processes/init/process.json"), record =>
        {
            record["container"] = "a";
            record["instance"] = "01JDK3V4Q8ZJ6W5Y7T9X2B4C6E";
        });
        _ = Copy(scene, "running", "containers/a/processes/init/running.json");
        _ = Copy(scene, "running", "containers/web-1/processes/debug/running.json");
        _ = Copy(scene, "exit", "containers/web-1/processes/init/exit.json");
        _ = Copy(scene, "exit-lost", "containers/web-1/processes/debug/exit.json");

        scene.Agent.Start();

        JsonElement web = scene.Client.Call("state", new { id = "web-1" });
        Assert.Equal(("stopped", "/srv/web", "crun"), (web.Text("status"), web.Text("bundle"), web.Text("runtime")));
        Assert.Equal("<a&b>", web.GetProperty("labels").Text("größe"));
        JsonElement exit = web.GetProperty("exit");
        Assert.Equal((137, "SIGKILL", "waited"), (exit.Number("code"), exit.Text("signal"), exit.Text("source")));
        Assert.True(exit.GetProperty("coreDumped").GetBoolean() && exit.GetProperty("oomKilled").GetBoolean());
        JsonElement debug = scene.Client.Call("state", new { id = "web-1", process = "debug" });
        Assert.Equal(("stopped", "lost"), (debug.Text("status"), debug.GetProperty("exit").Text("source")));
        Assert.True(debug.GetProperty("terminal").GetBoolean());

        // Of another boot: its end nobody saw.
        Assert.Equal(("lost", true), (scene.WaitFor("a").Text("source"), scene.WaitFor("a").IsNull("code")));
        foreach (string id in (string[])["a", "web-1"])
        {
            _ = scene.Client.Call("delete", new { id });
        }
    }

    [Fact]
    public void Start_RecordCannotBeWritten_TheExitIsStillTold()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Create();
        string obstacle = Directory.CreateDirectory(Path.Combine(scene.Agent.Root, "containers", id, "container.json.new")).FullName;

        Assert.Equal("EISDIR", scene.Client.Refused("start", new { id }).Data.Text("errno"));
        Assert.Equal("created", scene.StatusOf(id));
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        Assert.Equal("SIGKILL", scene.Client.Call("wait", new { id, timeoutMs = Ready.DeadlineMs / 2 }).Text("signal"));
        Directory.Delete(obstacle);
    }

    private static string[] ProcessesOf(Scene scene, string id)
        => [.. scene.Client.Call("processes", new { id }).GetProperty("processes").EnumerateArray().Select(process => process.Text("process")).Order(StringComparer.Ordinal)];

    private static void Rewrite(string path, Action<JsonNode> change)
    {
        JsonNode record = JsonNode.Parse(File.ReadAllText(path))!;
        change(record);
        File.WriteAllText(path, record.ToJsonString());
    }

    private static string Copy(Scene scene, string sample, string target)
    {
        string path = Path.Combine(scene.Agent.Root, target);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Fixtures", "state-v1", $"{sample}.json"), path);
        return path;
    }

    private static void Sample(Scene scene, string id, string container, params ReadOnlySpan<(string Sample, string Name)> processes)
    {
        Rewrite(Copy(scene, container, $"containers/{id}/container.json"), record =>
            record["runtime"] = JsonSerializer.SerializeToNode(new { name = "crun", path = Machine.PathOf("crun"), root = Path.Combine(scene.Agent.Root, "runtime/crun") }));
        foreach ((string sample, string name) in processes)
        {
            _ = Copy(scene, sample, $"containers/{id}/processes/{name}/process.json");
        }
    }
}
