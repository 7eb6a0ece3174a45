using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What a shim needs for a burst it gives back, counted in memory and not in time.</summary>
public sealed class BurstTests : SceneTests
{
    private const int BurstBytes = 16 * 1024 * 1024;

    /// <summary>The buffers of a burst are several times that.</summary>
    private const int MaxGrowthKilobytes = 48;

    [Theory]
    [InlineData("cri")]
    [InlineData("json-file")]
    public void Burst_Logged_TheMemoryComesBack(string format)
    {
        Scene scene = Enter(Scene.With("crun"));
        (string id, Fd input) = Cat(scene, "log", new { format, path = scene["out.log"] });
        using Fd held = input;
        int shim = scene.ShimOf(id);
        int before = ProcFs.PrivateDirtyKilobytes(shim);

        Burst(input, () => Poll.Until(() => new FileInfo(scene["out.log"]).Length > BurstBytes, "the burst is logged"));

        Poll.Until(() => ProcFs.PrivateDirtyKilobytes(shim) <= before + MaxGrowthKilobytes, () => $"memory comes back: {before} KB were {ProcFs.PrivateDirtyKilobytes(shim)}");
    }

    [Fact]
    public void Burst_LoggedButForTheLastLinesEnd_TheMemoryComesBackAndTheLineIsWhole()
    {
        Scene scene = Enter(Scene.With("crun"));
        (string id, Fd input) = Cat(scene, "log", new { format = "cri", path = scene["out.log"] });
        using Fd held = input;
        int shim = scene.ShimOf(id);
        int before = ProcFs.PrivateDirtyKilobytes(shim);

        Burst(input, () => Poll.Until(() => new FileInfo(scene["out.log"]).Length > BurstBytes, "the burst is logged"));
        Ready.Send(input, "begun, "u8);
        Poll.Until(() => ProcFs.PrivateDirtyKilobytes(shim) <= before + MaxGrowthKilobytes, "memory comes back");
        Ready.Send(input, "ended\n"u8);

        Poll.Until(() => LogContent.Read(scene["out.log"])[^1].Text == "begun, ended\n", "the line is whole");
    }

    [Fact]
    public void Burst_AttachedBothWays_TheMemoryComesBack()
    {
        Scene scene = Enter(Scene.With("crun"));
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio = new { stdin = "attach", stdout = "attach" } });
        using RawAttach client = RawAttach.To(scene, new { id, stdin = true, onFull = "block" });
        client.Send("first\n");
        Assert.Equal("first", client.ReadLine());
        int shim = scene.ShimOf(id);
        int before = ProcFs.PrivateDirtyKilobytes(shim);

        // Until nothing more is taken both queues grow; then all comes back.
        byte[] block = new byte[64 * 1024];
        client.Fd.SetNonBlocking(true).OrThrow("fcntl");
        int sent = 0;
        Poll.Until(() => { SysResult more = UnixSocket.Send(client.Fd, block); sent += (int)Math.Max(more.Value, 0); return more.WouldBlock && ProcFs.PrivateDirtyKilobytes(shim) > before + MaxGrowthKilobytes; }, "the queues are full");
        client.Fd.SetNonBlocking(false).OrThrow("fcntl");
        for (int left = sent; left > 0;)
        {
            left -= (int)client.Fd.Read(block.AsSpan(0, Math.Min(left, block.Length))).OrThrow("read");
        }

        Poll.Until(() => ProcFs.PrivateDirtyKilobytes(shim) <= before + MaxGrowthKilobytes, () => $"memory comes back: {before} KB were {ProcFs.PrivateDirtyKilobytes(shim)}");
        client.Send("last\n");
        Assert.Equal("last", client.ReadLine());
    }

    /// <summary>A container that says what comes through a fifo, and has said something already.</summary>
    private static (string Id, Fd Input) Cat(Scene scene, string stdout, object log)
    {
        Fifo.Create(scene["in"]).OrThrow("mkfifo");
        Fd input = Fifo.OpenBoth(scene["in"]).OrThrow("open");
        input.SetNonBlocking(true).OrThrow("fcntl");
        string id = scene.NewId();
        _ = scene.Client.Call("run", new { id, bundle = scene.Payload("cat"), stdio = new { stdin = new { fifo = scene["in"] }, stdout }, log });
        Ready.Send(input, "first\n"u8);
        Poll.Until(() => new FileInfo(scene["out.log"]) is { Exists: true, Length: > 0 }, "the first line is logged");
        return (id, input);
    }

    private static void Burst(Fd input, Action whenWritten)
    {
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(i % 100 == 99 ? '\n' : 'a' + (i % 26));
        }

        for (int sent = 0; sent < BurstBytes; sent += block.Length)
        {
            Ready.Send(input, block);
        }

        Ready.Send(input, "\n"u8);
        whenWritten();
    }
}
