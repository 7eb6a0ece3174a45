using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>A shim with nothing to do rests, in a tenth of its memory; whatever comes, it is as if it had been awake.</summary>
public sealed class RestTests : SceneTests
{
    /// <summary>conmon has 333 KB (docs/benchmarks.md).</summary>
    private const int MaxPrivateDirtyKilobytes = 160;

    private const int MaxAwakeKilobytes = 1000;
    private const string ImageName = "/memfd:shimd image (deleted)";

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Idle_RestsInLittleMemoryAndOneThread(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("ignore-term");
        int shim = scene.ShimOf(id);

        ProcFs.AwaitRest(shim);

        Assert.InRange(ProcFs.PrivateDirtyKilobytes(shim), 1, MaxPrivateDirtyKilobytes);
        Assert.Equal(1, ProcFs.ThreadsOf(shim));
        Assert.Equal("shimd", File.ReadAllText($"/proc/{shim}/comm").Trim());
        Assert.Equal(shim, ProcFs.ParentOf(scene.PidOf(id)));
        Assert.Equal(Errno.EAGAIN, FileLock.TryTake($"{scene.ProcessDirectory(id)}/lock").Error);
        IReadOnlyList<string> before = ProcFs.SwitchesOf(shim);
        Assert.False(Poll.Holds(() => !ProcFs.SwitchesOf(shim).SequenceEqual(before), withinMs: 1500), "a resting shim woke up");
    }

    /// <summary>Measured: 520 KB, and 1,628 KB where each unpacks for itself.</summary>
    [Fact]
    public void Awake_HasTheProgramsDataFromTheAgent()
    {
        Scene scene = Enter(Scene.With("crun"));
        int shim = scene.ShimOf(scene.RunReady("ignore-term"));
        ProcFs.AwaitRest(shim);

        int[] both = [scene.Agent.Pid, shim];
        Assert.All(both, pid => Assert.Contains(ImageName, ProcFs.DescriptorsOf(pid)));
        Assert.Contains(ImageName, File.ReadAllText($"/proc/{scene.Agent.Pid}/maps"), StringComparison.Ordinal);

        // One that logs all the time does not rest.
        string talking = scene.NewId();
        _ = scene.Client.Call("run", new { id = talking, bundle = scene.Payload("ticks 100000 20"), stdio = new { stdout = "log" } });
        int awake = scene.ShimOf(talking);
        Assert.Contains(ImageName, File.ReadAllText($"/proc/{awake}/maps"), StringComparison.Ordinal);
        Assert.InRange(ProcFs.PrivateDirtyKilobytes(awake), 1, MaxAwakeKilobytes);
        Assert.InRange(ProcFs.ThreadsOf(awake), 1, 2);
    }

    [Fact]
    public void Orphans_AtRest_AreReaped()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string words = "while true; do (/busybox sleep 0.05 &) ; /busybox sleep 0.3; done";
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], words) });
        _ = scene.Client.Call("exec", new { id, process = "parent", args = Busybox.Shell("/busybox sleep 2 & exec /busybox sleep 1000") });
        int shim = scene.ShimOf(id);
        ProcFs.AwaitRest(shim);

        Assert.False(Poll.Holds(() => ProcFs.ChildrenOf(shim).Any(pid => !ProcFs.IsAlive(pid)) && !ProcFs.IsResting(shim), withinMs: 1500));
        Assert.Equal([scene.PidOf(id)], ProcFs.ChildrenOf(shim));
    }

    [Theory]
    [InlineData("json-file")]
    [InlineData("cri")]
    public void Output_AtRest_IsLogged(string format)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string log = scene["log"];
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        object request = new { id, bundle = scene.Payload("cat"), stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log" }, log = new { format, path = log } };
        _ = scene.Client.Call("run", request);
        int shim = scene.ShimOf(id);
        using Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open");

        foreach (string line in (string[])["one", "two"])
        {
            ProcFs.AwaitRest(shim);
            writer.WriteAll(System.Text.Encoding.ASCII.GetBytes(line + "\n")).OrThrow("write");
            Poll.Until(() => LogContent.Read(log).Any(read => read.Text == line + "\n"), "it is in the log");
        }

        ProcFs.AwaitRest(shim);
        writer.WriteAll("last words, without an end"u8).OrThrow("write");
        writer.Dispose();
        _ = scene.Client.Call("closeStdin", new { id });

        Assert.Equal(0, scene.WaitFor(id).Number("code"));
        Assert.Equal("one\ntwo\nlast words, without an end", string.Concat(LogContent.Read(log).Select(read => read.Text)));
    }

    [Theory]
    [InlineData("json-file", "\n")]
    [InlineData("cri", "\n")]
    [InlineData("json-file", "")]
    [InlineData("cri", "")]
    public void LineWithoutEnd_AtRest_IsOneLine(string format, string end)
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string log = scene["log"];
        string words = "printf 'out: '; printf 'err: ' >&2; read -r word; printf \"$word$word\"; printf oh >&2; read -r end; printf \"$end\"";
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        object stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log", stderr = "log" };
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], words), stdio, log = new { format, path = log } });
        int shim = scene.ShimOf(id);
        using Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open");
        ProcFs.AwaitRest(shim);
        writer.WriteAll("word\n"u8).OrThrow("write");
        Poll.Until(() => !ProcFs.IsResting(shim), "it wakes");
        ProcFs.AwaitRest(shim);

        writer.WriteAll(end == "" ? "\n"u8 : "\\n\n"u8).OrThrow("write");
        Assert.Equal(0, scene.WaitFor(id).Number("code"));

        Assert.Equal(["err: oh", $"out: wordword{end}"], LogContent.Read(log).Select(line => line.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Output_AfterTheLogWasMoved_EndsNoLineTwice()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string log = scene["log"];
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        object request = new { id, bundle = scene.Payload("cat"), stdio = new { stdin = new { fifo = scene["in"] }, stdout = "log" }, log = new { format = "cri", path = log } };
        _ = scene.Client.Call("run", request);
        int shim = scene.ShimOf(id);
        using Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open");
        writer.WriteAll("one\n"u8).OrThrow("write");
        Poll.Until(() => LogContent.Read(log).Count == 1, "it is in the log");
        ProcFs.AwaitRest(shim);

        // As logrotate does with "create", between which and reopenLogs something may be said.
        File.Move(log, log + ".moved");
        File.WriteAllText(log, "");
        writer.WriteAll("two\n"u8).OrThrow("write");
        Poll.Until(() => File.ReadAllText(log + ".moved").EndsWith(" two\n", StringComparison.Ordinal), "it is in the file that was the log");

        Assert.Equal(["one\n", "two\n"], LogContent.Read(log + ".moved").Select(line => line.Text));
    }

    [Fact]
    public void Attach_StdinEndedBeforeTheRest_WhatIsWrittenIsTaken()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        string bundle = Busybox.Bundle(scene["bundle"], "/busybox cat; echo over; exec /busybox sleep 1000");
        _ = scene.Client.Call("run", new { id, bundle, stdio = new { stdin = "attach", stdout = "attach" } });
        using (RawAttach first = RawAttach.To(scene, new { id, stdin = true }))
        {
            first.HalfClose();
            Assert.Equal("over", first.ReadLine());
        }

        ProcFs.AwaitRest(scene.ShimOf(id));
        using RawAttach second = RawAttach.To(scene, new { id, stdin = true });

        second.Fd.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");

        // More than sockets hold: it comes to its end only if somebody reads.
        Ready.Send(second.Fd, new byte[1024 * 1024]);
    }

    [Fact]
    public void Attach_AtRest_IsServed()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio = new { stdin = "attach", stdout = "attach" } });
        int shim = scene.ShimOf(id);
        ProcFs.AwaitRest(shim);
        using (RawAttach.To(scene, new { id }))
        {
            Assert.False(Poll.Holds(() => ProcFs.IsResting(shim), withinMs: 2500), "it rests while somebody is attached");
        }

        ProcFs.AwaitRest(shim);
        using RawAttach attached = RawAttach.To(scene, new { id, stdin = true });
        attached.Send("hello\n");
        Assert.Equal("hello", attached.ReadLine());
        attached.HalfClose();
        Assert.Equal(0, scene.WaitFor(id).Number("code"));
    }

    [Fact]
    public void Terminal_AtRest_GoesOn()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        Fifo.Create(scene["out"]).OrThrow("mkfifo");
        using Fd reader = Fifo.OpenReader(scene["out"]).OrThrow("open");
        reader.SetNonBlocking(false).OrThrow("fcntl");
        string words = "while read -r word; do /busybox stty size; echo got $word; done";
        object stdio = new { stdin = new { fifo = scene["in"] }, stdout = new { fifo = scene["out"] } };
        _ = scene.Client.Call("run", new { id, bundle = Busybox.Bundle(scene["bundle"], words, terminal: true), stdio });
        int shim = scene.ShimOf(id);
        using Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open");
        foreach (int rows in (int[])[33, 44])
        {
            ProcFs.AwaitRest(shim);
            _ = scene.Client.Call("resize", new { id, columns = 99, rows });
            writer.WriteAll("word\n"u8).OrThrow("write");
            Assert.Equal(["word\r", $"{rows} 99\r", "got word\r"], [Child.ReadLine(reader), Child.ReadLine(reader), Child.ReadLine(reader)]);
        }

        _ = scene.Client.Call("kill", new { id, signal = "SIGKILL" });
        Assert.Equal(137, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void OutOfMemory_AtRest_IsTold(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        string bundle = BundleBuilder.Write(scene["bundle"], UsageTests.WithResources("""{"memory":{"limit":67108864,"swap":67108864}}""", "cat", "oom 128"));
        _ = scene.Client.Call("run", new { id, bundle, stdio = new { stdin = new { fifo = scene["in"] } } });
        ProcFs.AwaitRest(scene.ShimOf(id));

        // Opened by the process itself; nobody else holds it but the shim.
        using (Fd writer = Fifo.OpenWriter(scene["in"]).OrThrow("open"))
        {
            _ = scene.Client.Call("closeStdin", new { id });
            ProcFs.AwaitRest(scene.ShimOf(id));
        }

        JsonElement exit = scene.WaitFor(id);
        Assert.Equal((137, true), (exit.Number("code"), exit.GetProperty("oomKilled").GetBoolean()));
    }

    [Fact]
    public void Exec_AtRest_EndsOnItsOwn()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.RunReady("ignore-term");
        _ = scene.Client.Call("exec", new { id, process = "side", args = ExecTests.Payload("until-term 5") });
        int side = Assert.Single(Faults.Matrix.Stage.ShimsOf(id, "side"));
        ProcFs.AwaitRest(side);

        _ = scene.Client.Call("kill", new { id, process = "side", signal = "SIGTERM" });

        Assert.Equal(5, scene.Client.Call("wait", new { id, process = "side" }).Number("code"));
        Poll.Until(() => !ProcFs.IsAlive(side), "its shim has ended");
        Assert.Equal("running", scene.StatusOf(id));
    }

    [Fact]
    public void Agent_KilledAndStarted_WakesNobody()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.RunReady("ignore-term");
        int shim = scene.ShimOf(id);
        ProcFs.AwaitRest(shim);
        IReadOnlyList<string> before = ProcFs.SwitchesOf(shim);

        scene.Agent.Kill();
        scene.Agent.Start();

        Assert.Equal("running", scene.StatusOf(id));
        Assert.True(ProcFs.IsResting(shim));
        Assert.Equal(before, ProcFs.SwitchesOf(shim));
    }
}
