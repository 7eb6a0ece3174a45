using System.Security.Cryptography;
using System.Text.Json;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>Clients that are attached to a container's streams: raw, as events, and from the first moment on.</summary>
public sealed class AttachTests : SceneTests
{
    private const string Attach = "attach";

    /// <summary>What goes through each form, in MB; a variable for those who have the time for gigabytes.</summary>
    private static int MegaBytes
        => int.TryParse(Environment.GetEnvironmentVariable("SHIMD_TEST_MB"), out int number) ? number : 64;

    private static object All => new { stdin = Attach, stdout = Attach, stderr = Attach };

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_AttachedBeforeStart_GetsAllAndThenTheEnd(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "print one", "print two --stderr", "exit 7");

        using var attached = RawAttach.To(scene, new { id });
        Assert.False(attached.Result.GetProperty("terminal").GetBoolean());
        Assert.Equal("init", attached.Result.Text("process"));
        _ = scene.Client.Call("start", new { id });

        Assert.Equal("one\ntwo\n", attached.ReadToEnd());
        Assert.Equal(7, scene.WaitFor(id).Number("code"));
        Assert.Equal("BAD_STATE", scene.Client.Refused("attach", new { id }).Name);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_OneStreamEach_GetsThatOne(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "print one", "print two --stderr");

        using var stdout = RawAttach.To(scene, new { id, streams = new[] { "stdout" } });
        using var stderr = RawAttach.To(scene, new { id, streams = new[] { "stderr" } });
        _ = scene.Client.Call("start", new { id });

        Assert.Equal("one\n", stdout.ReadToEnd());
        Assert.Equal("two\n", stderr.ReadToEnd());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_HalfClose_IsTheEndOfStdin(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "cat", "exit 3");
        _ = scene.Client.Call("start", new { id });

        using var attached = RawAttach.To(scene, new { id, stdin = true }, early: "in one piece with the request\n");
        Assert.Equal("in one piece with the request", attached.ReadLine());
        attached.Send("and later\n");
        attached.HalfClose();

        Assert.Equal("and later\n", attached.ReadToEnd());
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_TwoWriters_EndComesWithTheLastHalfClose(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "cat", "exit 3");
        _ = scene.Client.Call("start", new { id });
        using var first = RawAttach.To(scene, new { id, stdin = true });
        using var second = RawAttach.To(scene, new { id, stdin = true });
        using var reader = RawAttach.To(scene, new { id });

        first.Send("a\n");
        Assert.Equal("a", reader.ReadLine());
        first.HalfClose();
        second.Send("b\n");
        Assert.Equal("b", reader.ReadLine());
        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 50 }).Name);
        second.HalfClose();

        Assert.Equal("", reader.ReadToEnd());
        Assert.Equal("a\nb\n", first.ReadToEnd());
        Assert.Equal("a\nb\n", second.ReadToEnd());
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_WriterVanishes_IsNoEnd(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "cat", "exit 3");
        _ = scene.Client.Call("start", new { id });
        using var reader = RawAttach.To(scene, new { id });

        for (int i = 0; i < 20; i++)
        {
            using var writer = RawAttach.To(scene, new { id, stdin = true });
            writer.Send($"{i}\n");
            Assert.Equal($"{i}", reader.ReadLine());
        }

        Assert.Equal("running", scene.StatusOf(id));
        _ = scene.Client.Call("closeStdin", new { id });
        Assert.Equal("", reader.ReadToEnd());
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Nobody_Attached_TheContainerRunsOn(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "spam 3000000", "spam 3000000 --stderr", "exit 4");

        _ = scene.Client.Call("start", new { id });

        Assert.Equal(4, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public async Task Ten_ThreeNeverRead_TheOthersGetEveryByte(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string file = RandomFile(scene, MegaBytes, out (long, string) expected);
        string id = scene.NewId();
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload("cat"), stdio = new { stdin = new { file }, stdout = Attach } });
        RawAttach[] attached = [.. Enumerable.Range(0, 10).Select(_ => RawAttach.To(scene, new { id }))];

        Task<(long, string)>[] readers = [.. attached[3..].Select(reader => Read(reader))];
        _ = scene.Client.Call("start", new { id });

        Assert.Equal(0, scene.WaitFor(id).Number("code"));
        foreach (Task<(long, string)> reader in readers)
        {
            Assert.Equal(expected, await reader);
        }

        Assert.All(attached[..3], reader => Assert.InRange(reader.HashToEnd().Bytes, 1, expected.Item1 - 1));
        Array.ForEach(attached, reader => reader.Dispose());
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public async Task Random_ThereAndBack_IsTheSame(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string file = RandomFile(scene, MegaBytes, out (long, string) expected);
        string id = Create(scene, "cat");
        using var attached = RawAttach.To(scene, new { id, stdin = true, onFull = "block" });
        Task<(long, string)> reader = Read(attached);
        _ = scene.Client.Call("start", new { id });

        Feed(attached, file);

        Assert.Equal(expected, await reader);
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Block_ReaderPauses_NothingIsLost(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "spam 2000000", "exit 1");
        using var attached = RawAttach.To(scene, new { id, onFull = "block" });
        _ = scene.Client.Call("start", new { id });

        // Longer than the patience with those who have not asked for it.
        Assert.Equal("TIMEOUT", scene.Client.Refused("wait", new { id, timeoutMs = 1500 }).Name);

        Assert.Equal(2_000_000, attached.HashToEnd().Bytes);
        Assert.Equal(1, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Raw_AgentDiesAndComesBack_NothingIsLost(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = Create(scene, "cat", "exit 3");
        _ = scene.Client.Call("start", new { id });
        using var attached = RawAttach.To(scene, new { id, stdin = true });
        attached.Send("before\n");
        Assert.Equal("before", attached.ReadLine());

        scene.Agent.Kill();
        attached.Send("without\n");
        Assert.Equal("without", attached.ReadLine());
        scene.Agent.Start();
        using var other = RawAttach.To(scene, new { id });
        attached.Send("after\n");
        attached.HalfClose();

        Assert.Equal("after\n", attached.ReadToEnd());
        Assert.Equal("after\n", other.ReadToEnd());
        Assert.Equal(3, scene.WaitFor(id).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void Exec_ClientPassedWithTheRequest_MissesNothing(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.RunReady("until-term");
        UnixSocket.Pair(out Fd? ours, out Fd? theirs).OrThrow("socketpair");
        using var attached = RawAttach.Of(ours!);

        var stdio = new { stdin = Attach, stdout = Attach, stderr = Attach, client = new { fd = 0 } };
        JsonElement process = scene.Client.Call("exec", new { id, args = ExecTests.Payload("print early", "cat", "exit 6"), stdio }, theirs!);
        theirs!.Dispose();
        attached.Send("word\n");
        attached.HalfClose();

        Assert.Equal("early\nword\n", attached.ReadToEnd());
        Assert.Equal(6, scene.Client.Call("wait", new { id, process = process.Text("process") }).Number("code"));
    }

    [Theory]
    [MemberData(nameof(Runtimes.Real), MemberType = typeof(Runtimes))]
    public void LogAndAttach_BothGetAll_AlsoWhenTheClientIsSlow(string runtime)
    {
        Scene scene = Enter(Scene.With(runtime));
        string id = scene.NewId();
        const int Bytes = 3_000_000;
        var stdio = new { stdout = "log", stderr = "log" };
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload($"spam {Bytes}", "exit 2"), stdio, log = new { format = "cri", path = scene["log"] } });
        using var patient = RawAttach.To(scene, new { id, onFull = "block" });
        using var idle = RawAttach.To(scene, new { id });
        _ = scene.Client.Call("start", new { id });

        Assert.Equal(Bytes, patient.HashToEnd().Bytes);
        Assert.Equal(2, scene.WaitFor(id).Number("code"));
        Assert.InRange(idle.HashToEnd().Bytes, 1, Bytes - 1);
        Assert.Equal(Bytes, File.ReadLines(scene["log"]).Sum(line => line.Length + 1 - (line.IndexOf(" F ", StringComparison.Ordinal) + 3)));
    }

    private static string Create(Scene scene, params string[] steps)
    {
        string id = scene.NewId();
        _ = scene.Client.Call("create", new { id, bundle = scene.Payload(steps), stdio = All });
        return id;
    }

    /// <summary>On a thread of its own: the pool has too few for ten who wait.</summary>
    private static Task<(long, string)> Read(RawAttach attached)
        => Task.Factory.StartNew(attached.HashToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Feed(RawAttach attached, string file)
    {
        using FileStream source = File.OpenRead(file);
        byte[] buffer = new byte[300_000];
        for (int read = source.Read(buffer); read > 0; read = source.Read(buffer))
        {
            attached.Send(buffer.AsSpan(0, read));
        }

        attached.HalfClose();
    }

    private static string RandomFile(Scene scene, int megaBytes, out (long Bytes, string Sha256) expected)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = File.Create(scene["random"]);
        byte[] buffer = new byte[1 << 20];
        for (int i = 0; i < megaBytes; i++)
        {
            Random.Shared.NextBytes(buffer);
            hash.AppendData(buffer);
            file.Write(buffer);
        }

        expected = (file.Length, Convert.ToHexString(hash.GetHashAndReset()));
        return scene["random"];
    }
}
