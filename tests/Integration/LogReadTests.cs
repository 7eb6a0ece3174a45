using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The method <c>logs</c>: what clients are told of a log.</summary>
public sealed class LogReadTests : SceneTests
{
    [Theory]
    [InlineData("json-file")]
    [InlineData("cri")]
    public void Logs_OfWhatHasEnded_AreAllThatItSaid(string format)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "printf 'one\\n'; printf 'caf\\303\\251 \\377\\n'; head -c 100000 /dev/zero | tr '\\0' x; printf '\\nlast words'";
        string id = Run(scene, new { format });

        (List<JsonElement> lines, JsonElement result) = Read(scene.Client, new { id });

        Assert.Equal("one\ncaf\u00c3\u00a9 \u00ff\n" + new string('x', 100_000) + "\nlast words", Latin1(lines));
        Assert.Equal(["one"], lines.Take(1).Select(line => line.Text("text")));
        Assert.Equal("Y2Fmw6kg/w==", lines[1].Text("base64"));
        Assert.Equal([false, false, true, true, true, false, true], lines.Select(IsPartial));
        Assert.Equal(lines.Count, result.Number("lines"));
        Assert.Equal(lines[^1].Text("cursor"), result.Text("cursor"));
        Assert.All(lines, line => Assert.Equal((id, "init", "stdout", 30), (line.Text("id"), line.Text("process"), line.Text("stream"), line.Text("time").Length)));
    }

    [Fact]
    public void Logs_FromEachCursor_GoOnWithTheNextLine()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "for i in $(seq 1 300); do printf 'line %s %060d\\n' $i 0; done";
        string id = Run(scene, new { maxSize = 4096, maxFiles = 100 });
        (List<JsonElement> lines, _) = Read(scene.Client, new { id });
        Assert.Equal(300, lines.Count);
        Assert.True(LogContent.Files(Path.Combine(scene.ProcessDirectory(id), "output.log")).Count > 5);

        foreach (int i in (ReadOnlySpan<int>)[0, 1, 17, 150, 298, 299])
        {
            (List<JsonElement> rest, JsonElement result) = Read(scene.Client, new { id, from = lines[i].Text("cursor") });

            Assert.Equal(lines.Skip(i + 1).Select(line => line.Text("text")), rest.Select(line => line.Text("text")));
            Assert.Equal(lines[^1].Text("cursor"), result.Text("cursor"));
        }
    }

    [Fact]
    public void Logs_Tail_IsTheLastLines()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "for i in $(seq 1 300); do printf 'line %s %060d\\n' $i 0; done; head -c 40000 /dev/zero | tr '\\0' y; printf '\\nend'";
        string id = Run(scene, new { maxSize = 4096, maxFiles = 100, format = "cri" });
        (List<JsonElement> all, _) = Read(scene.Client, new { id });
        string[] lines = Latin1(all).Split('\n');

        foreach (int tail in (ReadOnlySpan<int>)[0, 1, 2, 3, 40, 250, 302, 1000])
        {
            (List<JsonElement> last, _) = Read(scene.Client, new { id, tail });

            Assert.Equal(string.Join('\n', lines.TakeLast(tail)), Latin1(last));
        }
    }

    [Fact]
    public void Logs_StreamsAndSince_AreFilters()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "echo out; sleep 0.05; echo oh >&2; sleep 0.05; echo again";
        string id = Run(scene, new { });
        (List<JsonElement> all, _) = Read(scene.Client, new { id });

        (List<JsonElement> errors, _) = Read(scene.Client, new { id, streams = new[] { "stderr" } });
        (List<JsonElement> tail, _) = Read(scene.Client, new { id, streams = new[] { "stdout" }, tail = 1 });
        (List<JsonElement> since, _) = Read(scene.Client, new { id, since = all[1].Text("time") });

        Assert.Equal(["oh"], errors.Select(line => line.Text("text")));
        Assert.Equal(["again"], tail.Select(line => line.Text("text")));
        Assert.Equal(["oh", "again"], since.Select(line => line.Text("text")));
        Assert.Equal(["stdout", "stderr", "stdout"], all.Select(line => line.Text("stream")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Follow_AcrossRotations_MissesNothingAndEndsWithTheProcess(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call(
            "create", new { id, bundle = scene.Payload("spam 512000", "sleep 0.2", "spam 512000", "print last"), log = new { maxSize = 100_000, maxFiles = 100 } });
        Client follower = scene.Connect();
        long request = follower.Send("logs", new { id, follow = true });

        _ = scene.Client.Call("start", new { id });
        JsonElement result = follower.Result(request);

        List<JsonElement> lines = Events(follower);
        Assert.DoesNotContain(lines, line => line.Text("type") == "gap");
        Assert.Equal(1_024_005, Latin1(lines).Length);
        Assert.Equal("last", lines[^1].Text("text"));
        Assert.Equal(lines.Count, result.Number("lines"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Follow_RotationAtEveryLine_MissesNothing(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        Fd fifo = Feed(scene, out object stdio);
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio, log = new { maxSize = 4096, maxFiles = 3, format = "cri" } });
        Client follower = scene.Connect();
        long request = follower.Send("logs", new { id, follow = true });
        for (int i = 0; i < 50; i++)
        {
            string line = $"{i} {new string('z', 3000)}";
            fifo.WriteAll(Encoding.ASCII.GetBytes(line + "\n"));

            Assert.Equal(line, follower.NextEvent().Text("text"));
        }

        fifo.Dispose();
        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Equal(50, follower.Result(request).Number("lines"));
    }

    [Fact]
    public void Follow_AgentRestarted_GoesOnFromTheCursor()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; sleep 0.005; done";
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { maxSize = 4096, maxFiles = 10 } });
        var lines = new List<JsonElement>();
        Client follower = scene.Connect();
        follower.Send("logs", new { id, follow = true });
        for (int i = 0; i < 20; i++)
        {
            lines.Add(follower.NextEvent());
        }

        scene.Agent.Restart();
        follower = scene.Connect();
        _ = follower.Result(follower.Send("logs", new { id, follow = true, from = lines[^1].Text("cursor") }));
        lines.AddRange(Events(follower));

        Assert.Equal(Enumerable.Range(1, 200).Select(i => $"line {i}"), lines.Select(line => line.Text("text")));
    }

    [Fact]
    public void From_FilesThatAreGone_SaysSoAndBeginsWithTheOldest()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "for i in $(seq 1 300); do printf 'line %s %060d\\n' $i 0; done";
        string id = Run(scene, new { maxSize = 4096, maxFiles = 3 });

        (List<JsonElement> lines, _) = Read(scene.Client, new { id, from = "1.4711.0" });

        Assert.Equal(("gap", "rotated"), (lines[0].Text("type"), lines[0].Text("reason")));
        Assert.EndsWith(" 300 " + new string('0', 60), " " + lines[^1].Text("text")[5..], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void ReopenLogs_MovedByLogrotate_NothingIsLostAndFollowGoesOn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        string log = scene["web.log"];
        Fd fifo = Feed(scene, out object stdio);
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio, log = new { path = log, format = "cri" } });
        Client follower = scene.Connect();
        long request = follower.Send("logs", new { id, follow = true });
        fifo.WriteAll("one\n"u8);
        Assert.Equal("one", follower.NextEvent().Text("text"));

        File.Move(log, log + ".1");
        fifo.WriteAll("two\n"u8);
        Assert.Equal("two", follower.NextEvent().Text("text"));
        _ = scene.Client.Call("reopenLogs", new { id });
        fifo.WriteAll("three\n"u8);
        Assert.Equal("three", follower.NextEvent().Text("text"));

        Assert.Equal(["one\n", "two\n"], LogContent.Read(log + ".1").Select(line => line.Text));
        Assert.Equal(["three\n"], LogContent.Read(log).Select(line => line.Text));
        fifo.Dispose();
        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Equal(3, follower.Result(request).Number("lines"));
    }

    [Fact]
    public void Logs_OfWhatIsNotLogged_NotSupported()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        Assert.Equal("NOT_SUPPORTED", scene.Client.Refused("logs", new { id }).Name);
        Assert.Equal("NOT_SUPPORTED", scene.Client.Refused("reopenLogs", new { id }).Name);
        Assert.Equal("NOT_FOUND", scene.Client.Refused("logs", new { id, process = "none" }).Name);
    }

    [Fact]
    public void Follow_Cancelled_IsAnsweredAndLeavesNothing()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        scene.Fake.Program = "echo ready; exec sleep 1000";
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { } });
        Client follower = scene.Connect();
        long request = follower.Send("logs", new { id, follow = true });
        Assert.Equal("ready", follower.NextEvent().Text("text"));

        follower.SendRaw($"{{\"method\":\"$/cancelRequest\",\"params\":{{\"id\":{request}}}}}\n");

        Assert.Equal("CANCELLED", follower.Error(request).Name);
        Assert.Equal("shimd", follower.Call("hello").Text("server"));
    }

    [Fact]
    public void Logs_ReaderThatStops_HoldsUpNobody()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "head -c 20000000 /dev/zero | tr '\\0' x | fold -w 100";
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { format = "cri", maxSize = 100_000_000 } });
        Client stalled = scene.Connect();
        long request = stalled.Send("logs", new { id, follow = true });

        _ = scene.WaitFor(id);
        Assert.Equal("stopped", scene.StatusOf(id));
        JsonElement result = stalled.Result(request);

        Assert.Equal(200_000, result.Number("lines"));
    }

    /// <summary>A container that ends, and is logged so.</summary>
    private static string Run(Scene scene, object log)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log });
        _ = scene.WaitFor(id);
        return id;
    }

    private static (List<JsonElement> Lines, JsonElement Result) Read(Client client, object parameters)
    {
        JsonElement result = client.Call("logs", parameters);
        return (Events(client), result);
    }

    /// <summary>What came before the result.</summary>
    private static List<JsonElement> Events(Client client)
    {
        var events = new List<JsonElement>();
        while (client.TryNextEvent(out JsonElement next, withinMs: 0))
        {
            events.Add(next);
        }

        return events;
    }

    private static bool IsPartial(JsonElement line) => line.TryGetProperty("partial", out JsonElement partial) && partial.GetBoolean();

    private static string Latin1(List<JsonElement> lines)
    {
        var all = new StringBuilder();
        foreach (JsonElement line in lines)
        {
            byte[] bytes = line.TryGetProperty("text", out JsonElement text) ? Encoding.UTF8.GetBytes(text.GetString()!) : line.GetProperty("base64").GetBytesFromBase64();
            all.Append(Encoding.Latin1.GetString(bytes)).Append(IsPartial(line) ? "" : "\n");
        }

        return all.ToString();
    }

    /// <summary>A fifo for the container's stdin, and its writing end.</summary>
    private static Fd Feed(Scene scene, out object stdio)
    {
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        Fd both = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log", stderr = "log" };
        return both;
    }
}
