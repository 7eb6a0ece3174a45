using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Kills for want of memory are counted from the container's beginning on: none is missed, however early, and none is another's.</summary>
public sealed class OomBaselineTests : SceneTests
{
    private const string Limit = """{"memory":{"limit":33554432}}""";

    /// <summary>Returns from run and exec when the process that it started has ended, and is a zombie whose control group nobody tells.</summary>
    private const string LateRuntime = """
        #!/bin/sh
        RUNTIME "$@" || exit $?
        pid_file=
        for word in "$@"; do
            [ "$last" != --pid-file ] || pid_file=$word
            last=$word
        done
        [ -z "$pid_file" ] || [ -e "${0%/*}/in-time" ] || until grep -q '^State:.Z' "/proc/$(cat "$pid_file")/status"; do sleep 0.01; done
        """;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Init_IsKilledBeforeTheRuntimeReturns_OomIsToldAndInTheExit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = Bundle(scene, "oom 128"), runtime = Late(scene, runtime) });

        AssertOom(scene, id, "init");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_IsKilledBeforeTheRuntimeReturns_OomIsToldAndInTheExit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string late = Late(scene, runtime);
        File.WriteAllText(scene["in-time"], "");
        _ = scene.Client.Call("run", new { id, bundle = Bundle(scene, "until-term"), runtime = late });
        File.Delete(scene["in-time"]);

        _ = scene.Client.Call("exec", new { id, process = "greedy", args = ExecTests.Payload("oom 128") });

        AssertOom(scene, id, "greedy");
        File.WriteAllText(scene["in-time"], "");
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Group_HadAKillBefore_IsNotTheContainers(string runtime)
    {
        Assert.SkipUnless(CgroupFiles.IsVersion1, "the groups of this test are those of version 1");
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string group = $"/sys/fs/cgroup/memory/{id}";
        Directory.CreateDirectory(group);
        File.WriteAllText($"{group}/memory.limit_in_bytes", "33554432");
        ChildEnd greedy = Child.Run("/bin/sh", "-c", $"echo $$ >{group}/cgroup.procs; exec {Machine.Binary} payload run 'oom 128'");
        Assert.Equal(Signal.SIGKILL, greedy.Status.Signal);
        Assert.Contains("oom_kill 1", File.ReadAllText($"{group}/memory.oom_control"), StringComparison.Ordinal);

        JsonObject config = UsageTests.WithResources(Limit, "until-term");
        config["linux"]!["cgroupsPath"] = $"/{id}";
        _ = scene.Client.Call("run", new { id, bundle = BundleBuilder.Write(scene["bundle"], config) });
        Assert.Contains(scene.PidOf(id), File.ReadAllLines($"{group}/cgroup.procs").Select(int.Parse));
        _ = scene.Client.Call("kill", new { id, signal = "KILL" });

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal((137, false), (exit.Number("code"), exit.GetProperty("oomKilled").GetBoolean()));
        Assert.DoesNotContain("oom", TypesToTheExit(scene, id, "init"));
    }

    private static string Late(Scene scene, string runtime)
    {
        string path = scene["late"];
        File.WriteAllText(path, LateRuntime.Replace("RUNTIME", Machine.PathOf(runtime), StringComparison.Ordinal));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static string Bundle(Scene scene, string step) => BundleBuilder.Write(scene["bundle"], UsageTests.WithResources(Limit, step));

    private static void AssertOom(Scene scene, string id, string process)
    {
        JsonElement exit = scene.Client.Call("wait", new { id, process });
        Assert.Equal((137, "SIGKILL", true), (exit.Number("code"), exit.Text("signal"), exit.GetProperty("oomKilled").GetBoolean()));
        Assert.Single(TypesToTheExit(scene, id, process), type => type == "oom");
    }

    private static List<string> TypesToTheExit(Scene scene, string id, string process)
    {
        using Client reader = scene.Connect();
        _ = reader.Call("subscribe", new { ids = new[] { id }, since = new { epoch = reader.Call("hello").Text("epoch"), seq = 0 } });
        List<string> types = [];
        JsonElement next;
        do
        {
            next = reader.NextEvent();
            types.Add(next.Text("type"));
        }
        while (types[^1] != "exit" || next.Text("process") != process);
        return types;
    }
}
