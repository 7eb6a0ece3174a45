using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The kernel kills for want of memory: who tells, and what an exit says of it.</summary>
public sealed class OomTests : SceneTests
{
    private const string Limit = """{"memory":{"limit":33554432}}""";

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Init_TakesMoreThanItMayAtOnce_OomIsToldAndInTheExit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "oom", "exit" } });
        string id = Start(scene, "oom 128");

        AssertOom(scene.WaitFor(id));
        Assert.Equal(["oom", "exit"], TypesUntilExit(listener, "init"));
        Assert.True(scene.Client.Call("state", new { id }).GetProperty("exit").GetProperty("oomKilled").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Init_TakesMoreThanItMayLater_OomIsToldAndInTheExit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "oom", "exit" } });
        string id = StartGated(scene);

        _ = scene.Client.Call("closeStdin", new { id });

        AssertOom(scene.WaitFor(id));
        Assert.Equal(["oom", "exit"], TypesUntilExit(listener, "init"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_TakesMoreThanTheContainerMay_InitLives(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "oom", "exit" } });
        string id = Start(scene, "until-term");

        JsonElement ended = scene.Client.Call("exec", new { id, args = ExecTests.Payload("oom 128"), wait = true });

        Assert.Equal(137, ended.GetProperty("exit").Number("code"));
        Assert.True(ended.GetProperty("exit").GetProperty("oomKilled").GetBoolean());
        Assert.Equal(["oom", "exit"], TypesUntilExit(listener, ended.Text("process")));
        Assert.Equal("running", scene.StatusOf(id));
        Assert.True(scene.Client.Call("stats", new { id }).GetProperty("memory").Number("oomKills") > 0);
        _ = scene.Client.Call("stop", new { id });
        Assert.False(scene.WaitFor(id).GetProperty("oomKilled").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_ManyTimes_EachIsToldOnce(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        Client listener = scene.Connect();
        _ = listener.Call("subscribe", new { types = new[] { "oom", "exit" } });
        string id = Start(scene, "until-term");
        for (int i = 0; i < 3; i++)
        {
            JsonElement ended = scene.Client.Call("exec", new { id, args = ExecTests.Payload("oom 128"), wait = true });
            Assert.Equal(["oom", "exit"], TypesUntilExit(listener, ended.Text("process")));
        }

        // An agent that looks at the group again does not tell again what it has told.
        scene.Agent.Restart();
        using Client reader = scene.Connect();
        _ = scene.Client.Call("exec", new { id, process = "last", args = ExecTests.Payload("exit 0"), wait = true });
        JsonElement hello = reader.Call("hello");
        _ = reader.Call("subscribe", new { ids = new[] { id }, since = new { epoch = hello.Text("epoch"), seq = 0 } });
        Assert.Equal(3, TypesUntilExit(reader, "last").Count(type => type == "oom"));
    }

    /// <summary>On cgroup v1 eight groups share one eventfd, which does not say whose event it was, and is raised as well when a group goes.</summary>
    [Fact]
    public void Several_OneIsShort_ItIsToldOfThatOne()
    {
        Scene scene = Enter(Scene.With("crun"));
        string[] ids = [.. Enumerable.Range(0, 10).Select(_ => Start(scene, "until-term"))];
        foreach (int gone in (int[])[0, 8])
        {
            Client listener = scene.Connect();
            _ = listener.Call("subscribe", new { types = new[] { "oom" } });
            _ = scene.Client.Call("delete", new { id = ids[gone], force = true });

            _ = scene.Client.Call("exec", new { id = ids[gone + 1], args = ExecTests.Payload("oom 128"), wait = true });

            Assert.Equal(ids[gone + 1], listener.NextEvent().Text("id"));
            Assert.False(listener.TryNextEvent(out _, withinMs: 100));
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Init_WhileTheAgentIsAway_OomIsToldLaterAndInTheExit(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = StartGated(scene);
        JsonElement hello = scene.Client.Call("hello");

        // As long as somebody may write, cat does not end.
        using (Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open"))
        {
            _ = scene.Client.Call("closeStdin", new { id });
            scene.Agent.Kill();
        }

        Poll.Until(() => File.Exists($"{scene.ProcessDirectory(id)}/exit.json"), "the shim has written the exit");
        scene.Agent.Start();

        AssertOom(scene.WaitFor(id));
        _ = scene.Client.Call("subscribe", new { ids = new[] { id }, types = new[] { "oom", "exit" }, since = new { epoch = hello.Text("epoch"), seq = 0 } });
        Assert.Equal(["oom", "exit"], TypesUntilExit(scene.Client, "init"));
    }

    [Fact]
    public void Restart_TheJournalHasForgotten_NothingIsToldAgain()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = Start(scene, "until-term");
        Assert.True(scene.Client.Call("exec", new { id, args = ExecTests.Payload("oom 128"), wait = true }).GetProperty("exit").GetProperty("oomKilled").GetBoolean());
        scene.Agent.Kill();
        foreach (string journal in Directory.GetFiles(scene.Agent.Root, "events.log*"))
        {
            File.Delete(journal);
        }

        scene.Agent.Start();

        JsonElement hello = scene.Client.Call("hello");
        _ = scene.Client.Call("subscribe", new { types = new[] { "oom", "exit" }, since = new { epoch = hello.Text("epoch"), seq = 0 } });
        _ = scene.Client.Call("exec", new { id, process = "later", args = ExecTests.Payload("exit 0") });
        Assert.Equal(["exit"], TypesUntilExit(scene.Client, "later"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Init_KilledFromOutside_IsNoOom(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Start(scene, "until-term");

        ProcessControl.Kill(scene.PidOf(id), Signal.SIGKILL).OrThrow("kill");

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal((137, "SIGKILL"), (exit.Number("code"), exit.Text("signal")));
        Assert.False(exit.GetProperty("oomKilled").GetBoolean());
    }

    private static string Start(Scene scene, params IReadOnlyList<string> steps)
    {
        string id = scene.NewId();
        string bundle = BundleBuilder.Write(scene[$"bundle-{id}"], UsageTests.WithResources(Limit, steps));
        _ = scene.Client.Call("run", new { id, bundle });
        return id;
    }

    /// <summary>A container that takes too much memory when its stdin ends.</summary>
    private static string StartGated(Scene scene)
    {
        string id = scene.NewId();
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        string bundle = BundleBuilder.Write(scene["bundle"], UsageTests.WithResources(Limit, "cat", "oom 128"));
        _ = scene.Client.Call("run", new { id, bundle, stdio = new { stdin = new { fifo = scene["in"] } } });
        return id;
    }

    private static void AssertOom(JsonElement exit)
    {
        Assert.Equal((137, "SIGKILL", "waited"), (exit.Number("code"), exit.Text("signal"), exit.Text("source")));
        Assert.True(exit.GetProperty("oomKilled").GetBoolean());
    }

    /// <summary>The types of the events up to the exit of that process.</summary>
    private static List<string> TypesUntilExit(Client listener, string process)
    {
        var types = new List<string>();
        JsonElement next;
        do
        {
            next = listener.NextEvent();
            types.Add(next.Text("type"));
        }
        while (types[^1] != "exit" || next.Text("process") != process);
        return types;
    }
}
