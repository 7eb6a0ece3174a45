using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// A disk that fails: while this lives, each write of a process to one file ends with an error of our choice, by the hand of a tracer.
/// What the process does about it is its own, real doing.
/// </summary>
internal sealed class FailingWrites : IDisposable
{
    private readonly Child _tracer;
    private readonly Pipe _words = Pipe.Create().OrThrow("pipe2");

    private FailingWrites(string strace, int pid, string path, string error)
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        _tracer = Child.Start(new SpawnRequest
        {
            Path = strace,
            Arguments =
            [
                "strace", "-f", "-p", $"{pid}", "-o", "/dev/null", "-P", path, "-e", "trace=write,pwrite64,writev", "-e", $"inject=write,pwrite64,writev:error={error}",
            ],
            Descriptors = [nothing, nothing, _words.Writer],
        });
        _words.Writer.Dispose();
        Said = Child.ReadLine(_words.Reader);
    }

    private string Said { get; }

    /// <summary>Skips the test where one process may not trace another.</summary>
    /// <param name="pid">Whose writes.</param>
    /// <param name="path">The file.</param>
    /// <param name="error">By name: EIO.</param>
    public static FailingWrites Begin(int pid, string path, string error)
    {
        var failing = new FailingWrites(Machine.RequireProgram("strace"), pid, path, error);
        if (!failing.Said.Contains(" attached", StringComparison.Ordinal))
        {
            failing.Dispose();
            Assert.Skip($"no process may be traced here: {failing.Said}");
        }

        return failing;
    }

    /// <summary>The disk is well again.</summary>
    public void Dispose()
    {
        // Asked, not killed: a tracer that is killed in the midst of a call leaves that call with no result.
        _ = _tracer.PidFd.Send(Signal.SIGTERM);
        _ = _tracer.WaitForEnd();
        _tracer.Dispose();
        _words.Reader.Dispose();
    }
}
