using System.Text;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Oci;
using Shimd.Shim;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Shim;

/// <summary>Who is attached, without a process: output is put in by hand, and stdin is a pipe.</summary>
[Collection(Sequential.Name)]
public sealed class AttachHubTests
{
    private static readonly AttachRequest s_all = new() { Stdout = true, Stderr = true, Stdin = true };
    private static readonly AttachRequest s_framed = new() { Stdout = true, Stderr = true, Framed = true };

    [Fact]
    public void Take_Framed_SaysTheStream() => OnLoop.Run(loop =>
    {
        using var hub = new AttachHub(loop);
        using Fd client = Attach(hub, s_framed);

        hub.Take(isError: true, "oh"u8);
        hub.Take(isError: false, "one"u8);

        Assert.Equal([2, 0, 0, 0, 2, 0, 0, 0, .. "oh"u8, 1, 0, 0, 0, 3, 0, 0, 0, .. "one"u8], Available(client));
        return Task.CompletedTask;
    });

    [Fact]
    public void Take_OtherStream_IsNotSent() => OnLoop.Run(loop =>
    {
        using var hub = new AttachHub(loop);
        using Fd client = Attach(hub, new AttachRequest { Stderr = true });

        hub.Take(isError: false, "one"u8);
        hub.Take(isError: true, "oh"u8);

        Assert.Equal("oh"u8, Available(client));
        return Task.CompletedTask;
    });

    [Fact]
    public void Take_NobodyReads_IsFullForAMomentOnly() => OnLoop.Run(async loop =>
    {
        using var hub = new AttachHub(loop);
        using Fd client = Attach(hub, s_framed);
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Fill(hub);
        hub.OnRoom = () => room.TrySetResult();

        await room.Task;

        // What comes now is lost, and counted.
        hub.Take(isError: false, new byte[1000]);
        hub.Take(isError: false, new byte[234]);
        Assert.False(hub.IsFull);
        long lost = 0;
        while (lost == 0)
        {
            lost = LostIn(Available(client));
            await OnLoop.TurnAsync();
        }

        Assert.Equal(1234, lost);
    });

    [Fact]
    public void Take_RawAndNobodyReads_IsCutOff() => OnLoop.Run(async loop =>
    {
        using var hub = new AttachHub(loop);
        using Fd client = Attach(hub, s_all);
        using Fd other = Attach(hub, s_all);
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int filled = Fill(hub, () => Available(other));
        hub.OnRoom = () => room.TrySetResult();

        await room.Task;

        int sent = Available(client).Length;
        Assert.InRange(sent, 1, filled - 1);
        Assert.Equal(0, client.Read(new byte[1]).OrThrow("read"));
        hub.Take(isError: false, "on"u8);
        Assert.EndsWith("on", Encoding.ASCII.GetString(Available(other)), StringComparison.Ordinal);
    });

    [Fact]
    public void Input_LastHalfClose_IsTheEnd() => OnLoop.Run(async loop =>
    {
        using var hub = new AttachHub(loop);
        using Pipe stdin = Stdin(loop, hub);
        using Fd one = Attach(hub, s_all);
        using Fd two = Attach(hub, s_all);

        one.WriteAll("1"u8).OrThrow("write");
        UnixSocket.HalfClose(one).OrThrow("shutdown");
        await OnLoop.TurnAsync();
        Assert.Equal("1"u8, Available(stdin.Reader));
        Assert.True(stdin.Reader.Read(new byte[1]).WouldBlock);
        two.WriteAll("2"u8).OrThrow("write");
        UnixSocket.HalfClose(two).OrThrow("shutdown");
        await OnLoop.TurnAsync();

        Assert.Equal("2"u8, Available(stdin.Reader));
        Assert.Equal(0, stdin.Reader.Read(new byte[1]).OrThrow("read"));
    });

    [Fact]
    public void Input_WriterLeaves_IsNoEnd_ButWhatItSaidCounts() => OnLoop.Run(async loop =>
    {
        using var hub = new AttachHub(loop);
        using Pipe stdin = Stdin(loop, hub);
        Fd one = Attach(hub, s_all);

        one.WriteAll("last words"u8).OrThrow("write");
        one.Dispose();
        await OnLoop.TurnAsync();
        await OnLoop.TurnAsync();

        Assert.Equal("last words"u8, Available(stdin.Reader));
        Assert.True(stdin.Reader.Read(new byte[1]).WouldBlock);
        hub.EndInput();
        Assert.Equal(0, stdin.Reader.Read(new byte[1]).OrThrow("read"));
    });

    [Fact]
    public void End_ClientThatReads_GetsAll_AndOneThatDoesNot_IsLeft() => OnLoop.Run(async loop =>
    {
        using var hub = new AttachHub(loop);
        using Fd client = Attach(hub, new AttachRequest { Stdout = true, Block = true });
        using Fd idle = Attach(hub, new AttachRequest { Stdout = true });
        int filled = Fill(hub);
        hub.Take(isError: false, new byte[100_000]);
        Task end = hub.EndAsync();

        int read = 0;
        while (!end.IsCompleted)
        {
            read += Available(client).Length;
            await OnLoop.TurnAsync();
        }

        Assert.Equal(filled + 100_000, read + Available(client).Length);
        Assert.Equal(Errno.ESRCH, hub.Add(Spare(), s_all).Error);
    });

    private static Fd Spare()
    {
        UnixSocket.Pair(out Fd? ours, out Fd? theirs).OrThrow("socketpair");
        ours!.Dispose();
        return theirs!;
    }

    private static Fd Attach(AttachHub hub, AttachRequest request)
    {
        UnixSocket.Pair(out Fd? ours, out Fd? theirs).OrThrow("socketpair");
        hub.Add(theirs!, request).OrThrow("attach");
        ours!.SetNonBlocking(true).OrThrow("fcntl");
        return ours;
    }

    private static Pipe Stdin(EventLoop loop, AttachHub hub)
    {
        Pipe pipe = Pipe.Create().OrThrow("pipe2");
        pipe.Reader.SetNonBlocking(true).OrThrow("fcntl");
        Fd writer = pipe.Writer.Duplicate().OrThrow("fcntl");
        pipe.Writer.Dispose();
        writer.SetNonBlocking(true).OrThrow("fcntl");
        hub.Input = new AttachInput(loop, writer, isTerminal: false);
        return pipe;
    }

    private static int Fill(AttachHub hub, Action? between = null)
    {
        byte[] much = new byte[65_536];
        int filled = 0;
        while (!hub.IsFull)
        {
            hub.Take(isError: false, much);
            filled += much.Length;
            between?.Invoke();
        }

        return filled;
    }

    private static byte[] Available(Fd fd)
    {
        var all = new List<byte>();
        byte[] buffer = new byte[65_536];
        SysResult read;
        while ((read = fd.Read(buffer)) is { IsOk: true, Value: > 0 })
        {
            all.AddRange(buffer[..(int)read.Value]);
        }

        return [.. all];
    }

    private static long LostIn(byte[] frames)
    {
        // Whole frames of zeros, but for the last: whatever comes in one piece ends with the gap's.
        return frames.Length >= AttachFrame.HeaderBytes + AttachFrame.GapBytes
            && AttachFrame.KindOf(frames.AsSpan(frames.Length - 16)) == AttachFrame.Gap
                ? AttachFrame.LostBytesOf(frames.AsSpan(frames.Length - 8))
                : 0;
    }
}
