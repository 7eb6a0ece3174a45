using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>The logs that shims write.</summary>
public sealed class LogTests : SceneTests
{
    /// <summary>The megabytes that go through a log, or twice as many; SHIMD_TEST_MB says otherwise, up to 500.</summary>
    private static readonly int s_megaBytes = int.TryParse(Environment.GetEnvironmentVariable("SHIMD_TEST_MB"), out int number) ? Math.Clamp(number, 1, 500) : 16;

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Log_NoPath_IsInTheProcesssDirectory(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();

        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("print out", "print oh --stderr"), log = new { format = "json-file" } });
        _ = scene.WaitFor(id);

        IReadOnlyList<LogContent.Line> lines = LogContent.Read(Path.Combine(scene.ProcessDirectory(id), "output.log"));
        Assert.Equal(["out\n"], lines.Where(line => line.Stream == "stdout").Select(line => line.Text));
        Assert.Equal(["oh\n"], lines.Where(line => line.Stream == "stderr").Select(line => line.Text));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exit_IsAnnounced_WhenAllThatWasWrittenIsLogged(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        for (int i = 0; i < 5; i++)
        {
            string id = scene.NewId();
            string log = scene[$"{id}.log"];
            _ = scene.Client.Call(
                "run", new { id, bundle = scene.Payload("spam 3000000", "spam 60000 --stderr", "print last"), log = new { format = "cri", path = log } });
            _ = scene.WaitFor(id);

            IReadOnlyList<LogContent.Line> lines = LogContent.Read(log);
            Assert.Equal(3_000_005, lines.Bytes("stdout").Length);
            Assert.Equal(60_000, lines.Bytes("stderr").Length);
        }
    }

    [Theory]
    [InlineData("json-file")]
    [InlineData("cri")]
    public void Log_Times_AreThoseOfTheLinesToTheNanosecond(string format)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; sleep 0.01; done";
        string id = scene.NewId();
        DateTimeOffset before = DateTimeOffset.UtcNow;
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { format, path = scene["out.log"] } });
        _ = scene.WaitFor(id);
        DateTimeOffset after = DateTimeOffset.UtcNow;

        string[] times = [.. LogContent.Read(scene["out.log"]).Select(line => line.Time)];

        Assert.Equal(18, times.Length);
        Assert.All(times, time => Assert.InRange(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), before, after));
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
        Assert.True(times.Distinct().Count() >= 9, "lines at different times have different ones");
        Assert.True(times.Select(time => time[26..29]).Distinct().Count() > 2, "the last three of nine digits are no padding");
    }

    [Theory]
    [InlineData("json-file")]
    [InlineData("cri")]
    public void Logs_LongLinesOfWhateverBytes_NoAnswerIsLongerThan64KiB(string format)
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string[] bytes = ["\\001", "\"", "\\377", "<"];
        scene.Fake.Program = string.Concat(bytes.Select(one => $"head -c 40000 /dev/zero | tr '\\0' '{one}'; echo; "));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { format } });
        _ = scene.WaitFor(id);
        using Fd fd = Client.ConnectTo(scene.Agent.Socket);
        UnixSocket.Send(fd, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { id = 1, method = "logs", @params = new { id } }) + "\n")).OrThrow("send");

        long said = 0;
        for (JsonElement next = Next(); next.TryGetProperty("params", out JsonElement line); next = Next())
        {
            said += line.TryGetProperty("base64", out JsonElement coded) ? coded.GetBytesFromBase64().Length : line.Text("text").Length;
            said += line.TryGetProperty("partial", out _) ? 0 : 1;
        }

        Assert.Equal(bytes.Length * 40_001, said);

        JsonElement Next()
        {
            string line = Child.ReadLine(fd);
            Assert.InRange(Encoding.UTF8.GetByteCount(line), 1, 65_534);
            return JsonElement.Parse(line);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Log_RandomBytes_AreThereByteForByte(string runtime, string format)
    {
        Scene scene = Enter(Scene.With(runtime));
        byte[] input = Random(s_megaBytes * 1024 * 1024);
        File.WriteAllBytes(scene["in"], input);
        string id = scene.NewId();
        string log = scene["out.log"];

        _ = scene.Client.Call(
            "run",
            new { id, bundle = scene.Payload("cat"), stdio = new { stdin = new { file = scene["in"] }, stdout = "log" }, log = new { format, path = log } });
        _ = scene.WaitFor(id);

        Assert.Equal(input, LogContent.Read(log).Bytes("stdout"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Log_AgentKilledOnTheWay_LosesNothing(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        byte[] input = Random(2 * s_megaBytes * 1024 * 1024);
        File.WriteAllBytes(scene["in"], input);
        string id = scene.NewId();
        string log = scene["out.log"];
        _ = scene.Client.Call(
            "run",
            new { id, bundle = scene.Payload("sleep 0.1", "cat"), stdio = new { stdin = new { file = scene["in"] }, stdout = "log" }, log = new { format = "cri", path = log } });

        scene.Agent.Restart();
        scene.Agent.Restart();
        _ = scene.WaitFor(id);

        Assert.Equal(input, LogContent.Read(log).Bytes("stdout"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Log_OfATerminal_IsWhatItShows(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        System.Text.Json.Nodes.JsonObject config = BundleBuilder.Config(["/shimd", "payload", "run", "print out", "print oh --stderr"]);
        config["process"]!["terminal"] = true;
        config["mounts"]!.AsArray().Add(new System.Text.Json.Nodes.JsonObject
        {
            ["destination"] = "/dev/pts",
            ["type"] = "devpts",
            ["source"] = "devpts",
            ["options"] = new System.Text.Json.Nodes.JsonArray("newinstance", "ptmxmode=0666"),
        });
        string bundle = BundleBuilder.Write(scene["terminal"], config);

        _ = scene.Client.Call("run", new { id, bundle, log = new { format = "cri" } });
        _ = scene.WaitFor(id);

        IReadOnlyList<LogContent.Line> lines = LogContent.Read(Path.Combine(scene.ProcessDirectory(id), "output.log"));
        Assert.Equal("out\r\noh\r\n", Encoding.UTF8.GetString(lines.Bytes("stdout")));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_LogStream_IsInItsOwnDirectory(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("until-term"), log = new { format = "cri", path = scene["web.log"] } });

        _ = scene.Client.Call(
            "exec", new { id, process = "job", args = new[] { "/shimd", "payload", "print", "hi" }, stdio = new { stdout = "log" }, wait = true });

        string log = Path.Combine(scene.ProcessDirectory(id), "../job/output.log");
        Assert.Equal("hi\n", LogContent.Read(log).Single().Text);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exit_GrandchildHoldsThePipe_IsAnnouncedAndItsWordsBeforeAreThere(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("until-term") });

        JsonElement ended = scene.Client.Call("exec", new
        {
            id,
            process = "job",
            args = new[] { "/shimd", "payload", "run", "print before", "fork-hold 1000", "print after", "exit 3" },
            stdio = new { stdout = "log" },
            wait = true,
        });

        Assert.Equal(3, ended.GetProperty("exit").Number("code"));
        Assert.Equal(["before\n", "after\n"], LogContent.Read(Path.Combine(scene.ProcessDirectory(id), "../job/output.log")).Select(line => line.Text));
    }

    [Fact]
    public void Log_NothingToLog_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();

        AgentReplyError error = scene.Client.Refused(
            "create", new { id, bundle = scene.Payload(), stdio = new { stdout = "null", stderr = "null" }, log = new { format = "cri" } });

        Assert.Equal(("INVALID_PARAMS", "log"), (error.Name, error.Data.Text("path")));
    }

    [Fact]
    public void Path_OfAnothersLog_IsRefused()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.NewId();
        var log = new { path = scene["one.log"] };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload(), log });

        AgentReplyError error = scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload(), log });

        Assert.Equal(("INVALID_PARAMS", "log.path"), (error.Name, error.Data.Text("path")));
        Assert.Contains(id, error.Message, StringComparison.Ordinal);
        Assert.Equal("INVALID_PARAMS", scene.Client.Refused("create", new { id = scene.NewId(), bundle = scene.Payload(), log = new { path = scene["none/x.log"] } }).Name);
    }

    public static TheoryData<string, string> Formats => new()
    {
        { "crun", "json-file" }, { "crun", "cri" }, { "runc", "cri" },
    };

    private static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
