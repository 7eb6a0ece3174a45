using Shimd.Bench.Measuring;
using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Bench.Peers;

/// <summary>What an agent on this loop could do at best: for each line it answers a line that was given beforehand, and does nothing
/// else. It receives as the protocol demands, with room for descriptors. It is compiled just in time; the agent was compiled ahead.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly List<Fd> _descriptors = [];
    private readonly byte[] _answer;
    private readonly EventLoop _loop = new();
    private readonly Fd _listener;

    private EchoServer(string socket, int answerBytes)
    {
        _answer = new byte[answerBytes];
        _answer.AsSpan().Fill((byte)'x');
        _answer[^1] = (byte)'\n';
        _listener = UnixSocket.Listen(socket, 64).OrThrow("listen");
    }

    /// <summary>The role of the process that serves until it is killed.</summary>
    public static int Serve(string socket, int answerBytes)
    {
        using var server = new EchoServer(socket, answerBytes);
        return server._loop.Run(() =>
        {
            _ = server._loop.Watch("listener", server._listener, EpollEvents.In, _ => server.Accept());
            return new TaskCompletionSource<int>().Task;
        });
    }

    /// <summary>This program again, in that role.</summary>
    public static Command Start(string socket, int answerBytes)
        => Command.Start([Environment.ProcessPath!, "--echo-server", socket, $"{answerBytes}"]);

    public void Dispose()
    {
        _listener.Dispose();
        _loop.Dispose();
    }

    private void Accept()
    {
        Fd fd = UnixSocket.Accept(_listener).OrThrow("accept");
        var unsent = new MemoryStream();
        Watch? watch = null;
        watch = _loop.Watch("client", fd, EpollEvents.In, _ =>
        {
            SysResult read = UnixSocket.Receive(fd, _buffer, _descriptors).Result;
            if (read.IsOk && read.Value > 0)
            {
                Answer(fd, unsent, _buffer.AsSpan(0, (int)read.Value).Count((byte)'\n'));
            }
            else if (!read.WouldBlock)
            {
                watch!.Dispose();
                fd.Dispose();
            }
        });
    }

    private void Answer(Fd fd, MemoryStream unsent, int lines)
    {
        unsent.SetLength(0);
        for (int i = 0; i < lines; i++)
        {
            unsent.Write(_answer);
        }

        // A client of this bench never leaves more unread than its socket holds.
        ReadOnlySpan<byte> bytes = unsent.GetBuffer().AsSpan(0, (int)unsent.Length);
        while (!bytes.IsEmpty)
        {
            SysResult sent = UnixSocket.Send(fd, bytes);
            bytes = bytes[(int)(sent.WouldBlock ? 0 : sent.OrThrow("send"))..];
        }
    }
}
