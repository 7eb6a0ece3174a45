using System.Text;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>How a child ended, and what it said.</summary>
internal sealed record ChildEnd(WaitStatus Status, string Output, string Errors);

/// <summary>A child process of a test; killed and reaped with it.</summary>
internal sealed class Child : IDisposable
{
    private readonly PidFd _pidFd;
    private WaitStatus? _status;

    private Child(int pid)
    {
        Pid = pid;
        _pidFd = PidFd.Open(pid).OrThrow("pidfd_open");
    }

    public int Pid { get; }

    public PidFd PidFd => _pidFd;

    public static Child Start(SpawnRequest request) => new((int)Spawn.Start(request).OrThrow($"cannot start {request.Path}"));

    /// <summary>Starts what lives until <paramref name="stdin"/> ends, and inherits the further descriptors from 3 on.</summary>
    public static Child StartCat(Fd stdin, Fd stdout, params ReadOnlySpan<Fd> more)
    {
        using Fd stderr = NativeFile.OpenNull().OrThrow("open /dev/null");
        return Start(new SpawnRequest { Path = "/bin/cat", Arguments = ["cat"], Descriptors = [stdin, stdout, stderr, .. more] });
    }

    /// <summary>Runs a shell's words to their end.</summary>
    public static ChildEnd RunShell(string words) => Run("/bin/sh", "-c", words);

    public static ChildEnd Run(string path, params IReadOnlyList<string> arguments)
        => Run(new SpawnRequest { Path = path, Arguments = [path, .. arguments], Descriptors = [] });

    /// <summary>Runs to the end; descriptors 0 to 2 are /dev/null and captured.</summary>
    public static ChildEnd Run(SpawnRequest request)
    {
        using Fd stdin = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Pipe errors = Pipe.Create().OrThrow("pipe2");
        using Child child = Start(request with { Descriptors = [stdin, output.Writer, errors.Writer, .. request.Descriptors.Skip(3)] });
        output.Writer.Dispose();
        errors.Writer.Dispose();
        string said = ReadToEnd(output.Reader);
        return new ChildEnd(child.WaitForEnd(), said, ReadToEnd(errors.Reader));
    }

    /// <summary>Reads until the last writer has gone.</summary>
    public static string ReadToEnd(Fd reader)
    {
        reader.SetNonBlocking(true).OrThrow("fcntl");
        var all = new MemoryStream();
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(reader));
            SysResult read = reader.Read(buffer);
            if (read.IsOk && read.Value == 0)
            {
                return Encoding.UTF8.GetString(all.ToArray());
            }

            all.Write(buffer[..(int)(read.WouldBlock ? 0 : read.OrThrow("read"))]);
        }
    }

    /// <summary>Reads up to a newline, which is left out.</summary>
    public static string ReadLine(Fd reader)
    {
        var line = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (true)
        {
            Assert.NotEqual(EpollEvents.None, Ready.Wait(reader));
            if (reader.Read(one).OrThrow("read") == 0 || one[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(one[0]);
        }
    }

    /// <summary>Waits until it has ended, without reaping it.</summary>
    public void WaitForZombie() => Assert.NotEqual(EpollEvents.None, Ready.Wait(_pidFd.Fd));

    /// <summary>Waits until it has ended, and reaps it.</summary>
    public WaitStatus WaitForEnd()
    {
        if (_status is null)
        {
            WaitForZombie();
            ProcessControl.TryReap(Pid, out _status).OrThrow("waitid");
        }

        return Assert.NotNull(_status);
    }

    public void Dispose()
    {
        if (_status is null)
        {
            _ = _pidFd.Send(Signal.SIGKILL);
            WaitForEnd();
        }

        _pidFd.Dispose();
    }
}
