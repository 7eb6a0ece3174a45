using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>strace(1), attached to a process for as long as this lives: it changes or notes what some system calls do. What the process
/// makes of that is its own, real doing.</summary>
internal sealed class Tracer : IDisposable
{
    private readonly Child _tracer;
    private readonly Pipe _words = Pipe.Create().OrThrow("pipe2");

    private Tracer(string strace, int pid, string[] options)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        _tracer = Child.Start(new SpawnRequest
        {
            Path = strace,
            Arguments = ["strace", "-f", "-p", $"{pid}", .. options],
            Descriptors = [nothing, nothing, _words.Writer],
        });
        _words.Writer.Dispose();
        Said = Child.ReadLine(_words.Reader);
    }

    private string Said { get; }

    /// <summary>A disk that fails: each write to one file ends with an error.</summary>
    /// <param name="pid">Whose writes.</param>
    /// <param name="path">The file.</param>
    /// <param name="error">By name: EIO.</param>
    public static Tracer FailWrites(int pid, string path, string error) => Attach(
        pid, "-o", "/dev/null", "-P", path, "-e", "trace=write,pwrite64,writev", "-e", $"inject=write,pwrite64,writev:error={error}");

    /// <summary>Notes which files are synced, by their paths.</summary>
    /// <param name="pid">By whom.</param>
    /// <param name="to">Where the lines of strace go.</param>
    public static Tracer NoteSyncs(int pid, string to) => Attach(pid, "-o", to, "-y", "-e", "trace=fsync");

    /// <summary>Notes what is executed.</summary>
    /// <param name="pid">By whom, and by what it starts.</param>
    /// <param name="to">Where the lines of strace go.</param>
    public static Tracer NotePrograms(int pid, string to) => Attach(pid, "-o", to, "-e", "trace=execve,execveat");

    /// <summary>Notes who is moved into which control group.</summary>
    /// <param name="pid">By whom, and by what it starts.</param>
    /// <param name="to">Where the lines of strace go.</param>
    public static Tracer NoteMoves(int pid, string to) => Attach(pid, "-o", to, "-y", "-e", "trace=write");

    /// <summary>Skips the test where one process may not trace another.</summary>
    private static Tracer Attach(int pid, params string[] options)
    {
        var tracer = new Tracer(Machine.RequireProgram("strace"), pid, options);
        if (!tracer.Said.Contains(" attached", StringComparison.Ordinal))
        {
            tracer.Dispose();
            Assert.Skip($"no process may be traced here: {tracer.Said}");
        }

        return tracer;
    }

    /// <summary>The process is by itself again.</summary>
    public void Dispose()
    {
        // Asked, not killed: a tracer that is killed in the midst of a call leaves that call with no result.
        _ = _tracer.PidFd.Send(Signal.SIGTERM);
        _ = _tracer.WaitForEnd();
        _tracer.Dispose();
        _words.Reader.Dispose();
    }
}
