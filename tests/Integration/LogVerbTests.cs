using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary><c>shimd logs</c>, and the options that make a log.</summary>
public sealed class LogVerbTests : SceneTests
{
    [Fact]
    public void Logs_OfADetachedRun_AreItsTwoStreams()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "echo one; echo oh >&2; sleep 0.05; printf 'caf\\303\\251 \\377 end'";
        string id = scene.NewId();
        Assert.Equal(new Said(0, id + "\n", ""), scene.Say("run", "-d", "--bundle", scene.Payload(), id));
        _ = scene.WaitFor(id);

        ChildEnd end = scene.Shimd("logs", id);

        Assert.Equal("oh\n", end.Errors);
        Assert.StartsWith("one\ncaf\u00e9 ", end.Output, StringComparison.Ordinal);
        Assert.EndsWith(" end", end.Output, StringComparison.Ordinal);
        Assert.Equal(0, end.Status.Code);
        Assert.StartsWith("{\"request\":", scene.Say("logs", "--format", "json", "-n", "1", id).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Logs_TailTimestampsSince_AreWhatTheySay()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "echo one; echo two; echo three";
        string id = scene.NewId();
        _ = scene.Say("run", "-d", "--bundle", scene.Payload(), "--log-format", "cri", "--log-path", scene["x.log"], "--log-max-size", "1m", id);
        _ = scene.WaitFor(id);

        Assert.Equal("two\nthree\n", scene.Say("logs", "--tail", "2", id).Output);
        Assert.Matches("^20[0-9-]+T[0-9:]+\\.[0-9]{9}Z three\n$", scene.Say("logs", "-t", "-n", "1", id).Output);
        Assert.Equal("one\ntwo\nthree\n", scene.Say("logs", "--since", "1h", id).Output);
        Assert.Equal("", scene.Say("logs", "--since", "2100-01-01T00:00:00Z", id).Output);
        Assert.Equal(2, scene.Say("logs", "--since", "yesterday", id).Code);
        Assert.Equal(3, LogContent.Read(scene["x.log"]).Count);
    }

    [Fact]
    public void Follow_AgentRestarted_GoesOnToTheEnd()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        scene.Fake.Program = "i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo line $i; sleep 0.01; done";
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload(), log = new { } });
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child follower = Child.Start(scene.ShimdRequest("logs", "-f", id) with { Descriptors = [nothing, output.Writer, nothing] });
        output.Writer.Dispose();
        Assert.Equal("line 1", Child.ReadLine(output.Reader));

        scene.Agent.Restart();

        Assert.Equal(string.Concat(Enumerable.Range(2, 99).Select(i => $"line {i}\n")), Child.ReadToEnd(output.Reader));
        Assert.Equal(0, follower.WaitForEnd().Code);
    }

    [Fact]
    public void Logs_OfWhatHasNone_SaysSo()
    {
        Scene scene = Enter(Scene.WithFakeRuntime());
        string id = scene.Run();

        Said said = scene.Say("logs", id);

        Assert.Equal(1, said.Code);
        Assert.Contains("has no log", said.Errors, StringComparison.Ordinal);
    }
}
