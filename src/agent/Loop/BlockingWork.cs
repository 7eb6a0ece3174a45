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

    private readonly Fd _asked = EventFd.CreateBlocking().OrThrow("eventfd");
    private bool _isRunning;

    /// <summary>Returns at once. Where there is no thread to be had, it is not done.</summary>
    public void Ask()
    {
        _isRunning = _isRunning || TryBegin();
        if (_isRunning)
        {
            EventFd.Raise(_asked).OrThrow("write to an eventfd");
        }
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
        while (true)
        {
            EventFd.Take(_asked).OrThrow("read from an eventfd");
            work();
        }
    }
}
