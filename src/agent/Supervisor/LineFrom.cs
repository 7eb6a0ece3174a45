using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>Reads one line from a shim.</summary>
internal static class LineFrom
{
    private const int MaxBytes = 256 * 1024;

    /// <summary>What comes before the first newline or the end; empty when the peer ended without a word, or the limit has passed.</summary>
    public static async Task<byte[]> ReadAsync(EventLoop loop, Fd fd, TimeSpan? limit = null)
    {
        fd.SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
        var line = new MemoryStream();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Watch? watch = null;
        watch = loop.Watch("report of a shim", fd, EpollEvents.In, _ =>
        {
            if (!done.Task.IsCompleted && Drain(fd, line))
            {
                // What is at its end would be ready at each look until this goes on.
                watch?.Dispose();
                done.TrySetResult();
            }
        });
        using LoopTimer? timer = limit is { } time ? loop.After(time, () => done.TrySetResult()) : null;
        await done.Task;
        watch.Dispose();
        byte[] bytes = line.ToArray();
        int newline = Array.IndexOf(bytes, (byte)'\n');
        return newline < 0 ? [] : bytes[..newline];
    }

    /// <returns>True when there is nothing more to wait for.</returns>
    private static bool Drain(Fd fd, MemoryStream line)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            SysResult read = fd.Read(buffer);
            if (read.WouldBlock)
            {
                return false;
            }

            if (!read.IsOk || read.Value == 0 || line.Length > MaxBytes)
            {
                return true;
            }

            line.Write(buffer[..(int)read.Value]);
            if (buffer[..(int)read.Value].Contains((byte)'\n'))
            {
                return true;
            }
        }
    }
}
