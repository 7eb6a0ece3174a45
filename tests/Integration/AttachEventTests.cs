using System.Text;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>attach in the form of events, and write.</summary>
public sealed class AttachEventTests : SceneTests
{
    private static object All => new { stdin = "attach", stdout = "attach", stderr = "attach" };

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Events_OfBothStreams_ThenTheEnd(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "print one", "print two --stderr");
        long request = scene.Client.Send("attach", new { id });
        Assert.False(scene.Client.Result(request).GetProperty("terminal").GetBoolean());
        _ = scene.Client.Call("start", new { id });

        var said = new Dictionary<string, string>();
        JsonElement next;
        while ((next = scene.Client.NextEvent()).Text("type") == "output")
        {
            Assert.Equal(request, next.GetProperty("request").GetInt64());
            said[next.Text("stream")] = said.GetValueOrDefault(next.Text("stream"), "") + next.Text("text");
        }

        Assert.Equal("end", next.Text("type"));
        Assert.Equal((request, id, "init"), (next.GetProperty("request").GetInt64(), next.Text("id"), next.Text("process")));
        Assert.Equal("one\n", said["stdout"]);
        Assert.Equal("two\n", said["stderr"]);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Write_TextAndBase64_AreStdin(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "cat", "exit 3");
        _ = scene.Client.Call("start", new { id });
        _ = scene.Client.Call("attach", new { id, stdin = true });

        _ = scene.Client.Call("write", new { id, text = "schön\n" });
        Assert.Equal("schön\n", scene.Client.NextEvent("output").Text("text"));
        _ = scene.Client.Call("write", new { id, process = "init", base64 = Convert.ToBase64String([0xFF, 0xFE, 0x00]) });
        Assert.Equal(Convert.ToBase64String([0xFF, 0xFE, 0x00]), scene.Client.NextEvent("output").Text("base64"));
        _ = scene.Client.Call("closeStdin", new { id });

        _ = scene.Client.NextEvent("end");
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("write", new { id, text = "late" }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Text_ManyCharactersOfSeveralBytes_NoneIsCut(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string words = string.Concat(Enumerable.Range(0, 40_000).Select(number => $"{number}→€ä{(number % 100 == 0 ? "𝄞" : "")}\n"));
        File.WriteAllText(scene["words"], words);
        string id = scene.NewId();
        var stdio = new { stdin = new { file = scene["words"] }, stdout = "attach" };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat"), stdio });
        _ = scene.Client.Call("attach", new { id, onFull = "block" });
        _ = scene.Client.Call("start", new { id });

        var read = new StringBuilder();
        JsonElement next;
        while ((next = scene.Client.NextEvent()).Text("type") == "output")
        {
            _ = read.Append(next.Text("text"));
        }

        Assert.Equal("end", next.Text("type"));
        Assert.Equal(words, read.ToString());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void SlowClient_IsToldWhatItLost_AndTheSumIsRight(string runtime)
    {
        const int Bytes = 30_000_000;
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, $"spam {Bytes}", "cat", "print last", "exit 5");
        using Client slow = scene.Connect();
        _ = slow.Call("attach", new { id });
        _ = scene.Client.Call("attach", new { id, stdin = true });
        _ = scene.Client.Call("start", new { id });

        // The one reads, and by that we know that the container was not held up by the other.
        long seen = 0;
        while (seen < Bytes)
        {
            JsonElement next = scene.Client.NextEvent();
            seen += next.Text("type") == "output" ? Size(next) : next.GetProperty("lostBytes").GetInt64();
        }

        long lost = 0;
        long got = 0;
        while (got + lost < Bytes)
        {
            JsonElement next = slow.NextEvent();
            lost += next.Text("type") == "gap" ? next.GetProperty("lostBytes").GetInt64() : 0;
            got += next.Text("type") == "output" ? Size(next) : 0;
        }

        Assert.Equal(Bytes, got + lost);
        Assert.InRange(lost, 1, Bytes);
        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Equal("last\n", slow.NextEvent("output").Text("text"));
        _ = slow.NextEvent("end");
        Assert.Equal(5, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Write_ProcessDoesNotRead_WaitsAndCanBeCancelled(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "until-term");
        _ = scene.Client.Call("start", new { id });
        _ = scene.Client.Call("attach", new { id, stdin = true });
        string much = new('x', 900_000);

        long write = scene.Client.Send("write", new { id, text = much });
        Assert.False(scene.Client.IsAnswered(write, withinMs: 300));
        using Client other = scene.Connect();
        Assert.Equal("running", other.Call("state", new { id }).Text("status"));
        scene.Client.SendRaw(JsonSerializer.Serialize(new { method = "$/cancelRequest", @params = new { id = write } }) + "\n");

        Assert.Equal("CANCELLED", scene.Client.Error(write).Name);
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void HalfClosedConnection_IsServedToTheEnd(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "print one", "cat");
        using Fd fd = Client.ConnectTo(scene.Agent.Socket);
        string line = JsonSerializer.Serialize(new { id = 1, method = "attach", @params = new { id } });
        UnixSocket.Send(fd, Encoding.UTF8.GetBytes(line + "\n")).OrThrow("send");
        UnixSocket.HalfClose(fd).OrThrow("shutdown");
        Assert.Contains("\"result\"", Child.ReadLine(fd), StringComparison.Ordinal);
        _ = scene.Client.Call("start", new { id });

        Assert.Contains("one\\n", Child.ReadLine(fd), StringComparison.Ordinal);
        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Contains("\"end\"", Child.ReadToEnd(fd), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Attach_WhatIsNotToBeHad_IsRefused(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string plain = scene.RunReady("until-term");
        string id = scene.NewId();
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("until-term"), stdio = new { stdout = "attach" } });

        Assert.Equal("NOT_SUPPORTED", scene.Client.Refused("attach", new { id = plain }).Name);
        Assert.Equal("NOT_SUPPORTED", scene.Client.Refused("attach", new { id, stdin = true }).Name);
        Assert.Equal("NOT_FOUND", scene.Client.Refused("attach", new { id, process = "dog" }).Name);
        Assert.Equal("BAD_STATE", scene.Client.Refused("write", new { id, text = "x" }).Name);
        Assert.Equal("INVALID_PARAMS", scene.Client.Refused("attach", new { id, streams = new[] { "stdin" } }).Name);

        // A refused raw attach leaves the connection as it was.
        Assert.Equal("NOT_SUPPORTED", scene.Client.Refused("attach", new { id = plain, raw = true }).Name);
        Assert.Equal("created", scene.StatusOf(id));
        RawAttach[] attached = [.. Enumerable.Range(0, 16).Select(_ => RawAttach.To(scene, new { id }))];
        Assert.Equal("LIMIT", scene.Client.Refused("attach", new { id }).Name);
        Array.ForEach(attached, one => one.Dispose());
        Poll.Until(() => scene.Client.Reply(scene.Client.Send("attach", new { id })).TryGetProperty("result", out _), "there is room again");
    }

    private static string Create(Scene scene, params string[] steps)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload(steps), stdio = All });
        return id;
    }

    private static long Size(JsonElement output)
        => output.TryGetProperty("text", out JsonElement text)
            ? Encoding.UTF8.GetByteCount(text.GetString()!)
            : output.GetProperty("base64").GetBytesFromBase64().Length;
}
