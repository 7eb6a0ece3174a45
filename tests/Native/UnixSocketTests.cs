using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class UnixSocketTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Fd _opened;
    private readonly Fd _listener;

    public UnixSocketTests()
    {
        _opened = NativeFile.OpenDirectory(_directory.Path).OrThrow("open");
        _listener = UnixSocket.ListenIn(_opened, "socket", 8).OrThrow("listen");
    }

    private string SocketPath => $"{_opened.ProcPath}/socket";

    public void Dispose()
    {
        _listener.Dispose();
        _opened.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Listen_PathOf107Bytes_Works()
    {
        string path = PathOf(UnixSocket.MaxPathBytes);

        using Fd listener = UnixSocket.Listen(path, 1).OrThrow("listen");
        using Fd client = UnixSocket.Connect(path, nonBlocking: false).OrThrow("connect");

        Assert.Equal(107, path.Length);
        Assert.True(NativeFile.Status(path)!.Value.IsSocket);
        Assert.True(UnixSocket.Accept(listener) is { IsOk: true, Value: var accepted } && Disposed(accepted!));
    }

    [Fact]
    public void Listen_PathOf108Bytes_ENAMETOOLONG()
    {
        string path = PathOf(UnixSocket.MaxPathBytes + 1);

        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Listen(path, 1).Error);
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Connect(path, nonBlocking: false).Error);
        Assert.Equal(Errno.ENAMETOOLONG, UnixSocket.Listen("", 1).Error);
    }

    [Fact]
    public void ListenIn_DirectoryOfALongPath_Works()
    {
        string deep = _directory.MakeDirectory(string.Join('/', Enumerable.Repeat(new string('d', 60), 4)));
        Assert.True(deep.Length > 200);
        using Fd directory = NativeFile.OpenDirectory(deep).OrThrow("open");

        using Fd listener = UnixSocket.ListenIn(directory, "control", 1).OrThrow("listen");
        using Fd client = UnixSocket.Connect($"{directory.ProcPath}/control", nonBlocking: true).OrThrow("connect");

        Assert.True(NativeFile.Status($"{deep}/control")!.Value.IsSocket);
    }

    [Fact]
    public void Listen_Exists_EADDRINUSE() => Assert.Equal(Errno.EADDRINUSE, UnixSocket.Listen(SocketPath, 1).Error);

    [Fact]
    public void Listen_Umask_IsTheFilesMode()
    {
        uint before = NativeFile.SetUmask(0x3F);
        try
        {
            using Fd listener = UnixSocket.ListenIn(_opened, "private", 1).OrThrow("listen");
        }
        finally
        {
            NativeFile.SetUmask(before);
        }

        Assert.Equal(0x1C0, NativeFile.Status(_directory["private"])!.Value.Mode & 0xFFF);
    }

    [Fact]
    public void Connect_NoSocket_ENOENT()
        => Assert.Equal(Errno.ENOENT, UnixSocket.Connect($"{_opened.ProcPath}/none", nonBlocking: false).Error);

    [Fact]
    public void Connect_NobodyListens_ECONNREFUSED()
    {
        _listener.Dispose();

        Assert.Equal(Errno.ECONNREFUSED, UnixSocket.Connect(SocketPath, nonBlocking: false).Error);
    }

    [Fact]
    public void Connect_BacklogFull_EAGAIN()
    {
        using Fd listener = UnixSocket.ListenIn(_opened, "busy", 0).OrThrow("listen");
        using Fd first = UnixSocket.Connect($"{_opened.ProcPath}/busy", nonBlocking: true).OrThrow("connect");

        Assert.Equal(Errno.EAGAIN, UnixSocket.Connect($"{_opened.ProcPath}/busy", nonBlocking: true).Error);
    }

    [Fact]
    public void Accept_NobodyWaits_WouldBlock() => Assert.True(UnixSocket.Accept(_listener).WouldBlock);

    [Fact]
    public void Accept_Connection_NonBlockingAndCloseOnExec()
    {
        (Fd client, Fd server) = Connected();

        Assert.True(server.Read(new byte[1]).WouldBlock);
        Assert.All([client, server, _listener], fd => Assert.True(FdTests.IsCloseOnExec(fd)));
        Disposed(client, server);
    }

    [Fact]
    public void Peer_BothSides_AreUs()
    {
        (Fd client, Fd server) = Connected();

        PeerCredentials peer = UnixSocket.Peer(server);

        Assert.Equal(Environment.ProcessId, peer.Pid);
        Assert.Equal(NativeFile.EffectiveUid(), peer.Uid);
        Assert.Equal($"{peer.Gid}\n", Child.Run("/usr/bin/id", "-g").Output);
        Assert.Equal(peer, UnixSocket.Peer(client));
        Disposed(client, server);
    }

    [Fact]
    public void Peer_NoSocket_Throws()
        => Assert.Equal(Errno.ENOTSOCK, Assert.Throws<SysException>(() => UnixSocket.Peer(NativeFile.OpenNull().OrThrow("open"))).Error);

    [Fact]
    public void HalfClose_OneWay_TheOtherStillWorks()
    {
        (Fd client, Fd server) = Connected();
        UnixSocket.Send(client, "question"u8).OrThrow("sendmsg");
        Assert.True(UnixSocket.HalfClose(client).IsOk);
        var buffer = new byte[32];

        Assert.Equal(8, UnixSocket.Receive(server, buffer, []).Result.Value);
        Assert.Equal(SysResult.Ok, UnixSocket.Receive(server, buffer, []).Result);
        UnixSocket.Send(server, "answer"u8).OrThrow("sendmsg");
        Assert.Equal(6, UnixSocket.Receive(client, buffer, []).Result.Value);
        Assert.Equal("answer"u8, buffer.AsSpan(0, 6));
        Disposed(client, server);
    }

    [Fact]
    public void Send_PeerGone_EPIPE()
    {
        (Fd client, Fd server) = Connected();
        server.Dispose();

        Assert.Equal(Errno.EPIPE, UnixSocket.Send(client, "x"u8).Error);
        Disposed(client);
    }

    [Fact]
    public void Send_BufferFull_WouldBlock()
    {
        (Fd client, Fd server) = Connected();
        SysResult sent = SysResult.Ok;
        for (int i = 0; i < 1000 && sent.IsOk; i++)
        {
            sent = UnixSocket.Send(server, new byte[64 * 1024]);
        }

        Assert.True(sent.WouldBlock);
        Disposed(client, server);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void Receive_Descriptors_AreTheSentOnesInOrderAndCloseOnExec(int count)
    {
        (Fd client, Fd server) = Connected();
        Pipe[] pipes = [.. Enumerable.Range(0, count).Select(_ => Pipe.Create().OrThrow("pipe2"))];

        UnixSocket.Send(client, "x"u8, pipes.Select(pipe => pipe.Writer).ToArray()).OrThrow("sendmsg");
        var arrived = new List<Fd>();
        Received received = UnixSocket.Receive(server, new byte[8], arrived);

        Assert.Equal(new Received(new SysResult(1, Errno.None), false), received);
        Assert.Equal(count, arrived.Count);
        for (int i = 0; i < count; i++)
        {
            Assert.True(FdTests.IsCloseOnExec(arrived[i]));
            pipes[i].Writer.Dispose();
            arrived[i].WriteAll([(byte)i]).OrThrow("write");
            arrived[i].Dispose();
            Assert.Equal(((char)i).ToString(), Child.ReadToEnd(pipes[i].Reader));
            pipes[i].Dispose();
        }

        Disposed(client, server);
    }

    [Fact]
    public void Send_WithDescriptors_TheyStayOurs()
    {
        (Fd client, Fd server) = Connected();
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");

        UnixSocket.Send(client, "x"u8, [pipe.Writer]).OrThrow("sendmsg");

        Assert.Equal(1, pipe.Writer.Write("x"u8).Value);
        Disposed(client, server);
    }

    [Fact]
    public void Send_TooManyDescriptors_IsRefused()
    {
        (Fd client, Fd server) = Connected();

        Assert.Throws<ArgumentOutOfRangeException>(() => UnixSocket.Send(client, "x"u8, Enumerable.Repeat(client, 17).ToArray()));
        Disposed(client, server);
    }

    [Fact]
    public void Receive_MoreDescriptorsThanThereIsRoomFor_SaysTruncated()
    {
        (Fd client, Fd server) = Connected();
        SendMany(client, 17);
        var arrived = new List<Fd>();

        Received received = UnixSocket.Receive(server, new byte[8], arrived);

        Assert.True(received.DescriptorsTruncated);
        Assert.Equal(16, arrived.Count);
        Disposed([client, server, .. arrived]);
    }

    [Fact]
    public void Receive_NothingThere_WouldBlockEvenOnABlockingSocket()
    {
        (Fd client, Fd server) = Connected();

        Assert.True(UnixSocket.Receive(client, new byte[1], []).Result.WouldBlock);
        Disposed(client, server);
    }

    private (Fd Client, Fd Server) Connected()
    {
        Fd client = UnixSocket.Connect(SocketPath, nonBlocking: false).OrThrow("connect");
        return (client, UnixSocket.Accept(_listener).OrThrow("accept4"));
    }

    private string PathOf(int bytes) => $"{_opened.ProcPath}/".PadRight(bytes, 's');

    private static bool Disposed(params IEnumerable<Fd> fds)
    {
        fds.ToList().ForEach(fd => fd.Dispose());
        return true;
    }

    /// <summary>As a stranger may send it: more descriptors than our own Send allows.</summary>
    private static unsafe void SendMany(Fd socket, int count)
    {
        const int HeaderBytes = 16;
        byte* control = stackalloc byte[256];
        byte data = (byte)'x';
        var header = (Libc.ControlHeader*)control;
        header->Length = (nuint)(HeaderBytes + (count * sizeof(int)));
        header->Level = Libc.SOL_SOCKET;
        header->Type = Libc.SCM_RIGHTS;
        new Span<int>(header + 1, count).Fill(socket.Number);
        var vector = new Libc.IoVector { Base = &data, Length = 1 };
        var message = new Libc.MessageHeader
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = control,
            ControlLength = (header->Length + 7) & ~(nuint)7,
        };
        SysResult.From(Libc.sendmsg(socket, &message, 0)).OrThrow("sendmsg");
    }
}
