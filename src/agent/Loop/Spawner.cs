using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shimd.Native;

namespace Shimd.Loop;

/// <summary>
/// Starts processes for the loop, on a thread of its own: posix_spawn(3) returns when the child has executed its program, for which, on a busy machine, it must first get a processor;
/// the loop goes on meanwhile (ADR 0016). What is asked for goes to the thread through a pipe, and comes back through another one. The thread begins with the first start, and ends with
/// the process.
/// </summary>
internal sealed class Spawner(EventLoop loop, Reaper reaper)
{
    private const int StackBytes = 256 * 1024;

    private readonly Pipe _asked = Pipe.Create().OrThrow("pipe2");
    private readonly Pipe _done = Pipe.Create().OrThrow("pipe2");
    private bool _isRunning;

    /// <summary>As <see cref="Spawn.Start"/>; what it borrows must be there until the task ends.</summary>
    /// <returns>The pid or why there is none, and how the child ends.</returns>
    /// <exception cref="SysException">Not even the attempt was possible: EMFILE, ENOMEM.</exception>
    public async Task<(SysResult Started, Task<WaitStatus>? Ended)> StartAsync(SpawnRequest request)
    {
        if (!_isRunning)
        {
            Begin();
            _isRunning = true;
        }

        var start = new Start(request);
        reaper.KeepsUnexpected++;
        Put(_asked, start);
        try
        {
            await start.IsDone;
            SysResult started = start.Result;
            return (started, started.IsOk ? reaper.ExpectStarted((int)started.Value) : null);
        }
        finally
        {
            reaper.KeepsUnexpected--;
        }
    }

    private void Begin()
    {
        Watch watch = loop.Watch("started processes", _done.Reader, EpollEvents.In, _ => Take(_done).SetDone());
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true }.Start();
        }
        catch (OutOfMemoryException)
        {
            // Of memory, or of threads: pthread_create(3).
            watch.Dispose();
            throw new SysException("pthread_create", Errno.EAGAIN);
        }
    }

    /// <summary>On the thread: one after the other, for ever.</summary>
    private void Run()
    {
        while (true)
        {
            Start start = Take(_asked);
            start.Execute();
            Put(_done, start);
        }
    }

    private static void Put(Pipe pipe, Start start)
    {
        nint handle = GCHandle.ToIntPtr(GCHandle.Alloc(start));
        pipe.Writer.WriteAll(MemoryMarshal.AsBytes(new ReadOnlySpan<nint>(ref handle))).OrThrow("write to a pipe");
    }

    /// <summary>A write of so few bytes is read as a whole: pipe(7), PIPE_BUF.</summary>
    private static Start Take(Pipe pipe)
    {
        nint taken = 0;
        _ = pipe.Reader.Read(MemoryMarshal.AsBytes(new Span<nint>(ref taken))).OrThrow("read from a pipe");
        GCHandle handle = GCHandle.FromIntPtr(taken);
        Start start = Unsafe.As<Start>(handle.Target!);
        handle.Free();
        return start;
    }

    /// <summary>One start: asked for on the loop, executed on the thread, done on the loop.</summary>
    private sealed class Start(SpawnRequest request)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private SysResult _result;
        private SysException? _failure;

        public Task IsDone => _done.Task;

        public SysResult Result => _failure is null ? _result : throw new SysException(_failure.What, _failure.Error);

        public void SetDone() => _done.SetResult();

        public void Execute()
        {
            try
            {
                _result = Spawn.Start(request);
            }
            catch (SysException failure)
            {
                _failure = failure;
            }
        }
    }
}
