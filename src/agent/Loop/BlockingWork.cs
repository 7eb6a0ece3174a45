using Shimd.Native;

namespace Shimd.Loop;

/// <summary>
/// A piece of work in which the kernel may hold whoever does it, on a thread of its own (ADR 0017). However often it is asked for before it begins, it is done once. The thread begins with
/// the first time, and ends with the process.
/// </summary>
/// <param name="work">Sees nothing that the loop may change meanwhile, and does not throw.</param>
internal sealed class BlockingWork(Action work)
{
    private const int StackBytes = 128 * 1024;

    private readonly Pipe _asked = Pipe.Create().OrThrow("pipe2");
    private bool _isRunning;
    private int _isAsked;

    /// <summary>Returns at once.</summary>
    /// <returns>False when there is no thread for it, and it is not done.</returns>
    public bool Ask()
    {
        _isRunning = _isRunning || TryBegin();
        if (_isRunning && Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            _asked.Writer.WriteAll([0]).OrThrow("write to a pipe");
        }

        return _isRunning;
    }

    private bool TryBegin()
    {
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            // Of memory, or of threads: pthread_create(3).
            return false;
        }
    }

    private void Run()
    {
        Span<byte> one = stackalloc byte[1];
        while (true)
        {
            _ = _asked.Reader.Read(one).OrThrow("read from a pipe");
            _ = Interlocked.Exchange(ref _isAsked, 0);
            work();
        }
    }
}
