using System.Text;
using Shimd.Native;

namespace Shimd.Cli;

/// <summary>What a program says of itself.</summary>
internal static class ProgramVersion
{
    private const int TimeoutMs = 5_000;
    private const long NanosecondsPerMs = 1_000_000;

    /// <summary>The first line of <c>PROGRAM --version</c>; null when it fails, says nothing or takes too long.</summary>
    public static string? Of(string path)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        SysResult started = Spawn.Start(new SpawnRequest
        {
            Path = path,
            Arguments = [path, "--version"],
            Descriptors = [nothing, output.Writer, nothing],
            NewProcessGroup = true,
        });
        output.Writer.Dispose();
        if (!started.IsOk)
        {
            return null;
        }

        int pid = (int)started.Value;
        string text = ReadUntilEnd(output.Reader);

        // It has closed its output or had its time: whatever is left of it goes.
        _ = ProcessControl.Kill(-pid, Signal.SIGKILL);
        Reap(pid);
        string line = text.Split('\n')[0].Trim();
        return line.Length > 0 ? line : null;
    }

    private static string ReadUntilEnd(Fd reader)
    {
        using var epoll = new Epoll();
        epoll.Add(reader, EpollEvents.In, 0).OrThrow("epoll_ctl");
        long deadline = TimerFd.Now() + (TimeoutMs * NanosecondsPerMs);
        var content = new byte[1024];
        int length = 0;
        while (length < content.Length && TimerFd.Now() is var now && now < deadline)
        {
            if (epoll.Wait((int)((deadline - now) / NanosecondsPerMs) + 1).OrThrow("epoll_wait") == 0)
            {
                continue;
            }

            SysResult read = reader.Read(content.AsSpan(length));
            if (read.Value <= 0)
            {
                break;
            }

            length += (int)read.Value;
        }

        return Encoding.UTF8.GetString(content.AsSpan(0, length));
    }

    private static void Reap(int pid)
    {
        SysResult<PidFd> pidFd = PidFd.Open(pid);
        using (pidFd.Value)
        {
            using var epoll = new Epoll();
            if (pidFd.IsOk && epoll.Add(pidFd.Value!.Fd, EpollEvents.In, 0).IsOk)
            {
                _ = epoll.Wait(TimeoutMs);
            }
        }

        _ = ProcessControl.TryReap(pid, out _);
    }
}
