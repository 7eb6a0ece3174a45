using Shimd.Native;

namespace Shimd.Loop;

/// <summary>Reads what a child writes to a pipe, and keeps the beginning of it.</summary>
internal sealed class OutputCapture : IDisposable
{
    private readonly int _capBytes;
    private readonly Pipe _pipe = Pipe.Create().OrThrow("pipe2");
    private readonly MemoryStream _kept = new();
    private readonly Watch _watch;

    public OutputCapture(EventLoop loop, int capBytes)
    {
        _capBytes = capBytes;
        _pipe.Reader.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
        _watch = loop.Watch("output of a child", _pipe.Reader, EpollEvents.In, _ => Drain());
    }

    /// <summary>For the child to inherit.</summary>
    public Fd ChildEnd => _pipe.Writer;

    public void CloseChildEnd() => _pipe.Writer.Dispose();

    /// <summary>What was kept, with all that is in the pipe by now; a grandchild that holds it open is not waited for.</summary>
    public byte[] Finish()
    {
        Drain();
        return _kept.ToArray();
    }

    public void Dispose()
    {
        _watch.Dispose();
        _pipe.Dispose();
    }

    private void Drain()
    {
        Span<byte> buffer = stackalloc byte[4096];

        // At most a pipe's worth a turn, so that a child that never stops writing cannot hold the loop.
        for (int turn = 0; turn < 16; turn++)
        {
            SysResult read = _pipe.Reader.Read(buffer);
            if (!read.IsOk || read.Value == 0)
            {
                if (!read.WouldBlock)
                {
                    _watch.Dispose();
                }

                return;
            }

            int room = _capBytes - (int)_kept.Length;
            _kept.Write(buffer[..Math.Min((int)read.Value, room)]);
        }
    }
}
