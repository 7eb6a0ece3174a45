using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>Waits for a log to grow: inotify on the file that is read; where that is not to be had, and while the log's name means no
/// file or another one, a look now and then.</summary>
internal sealed class LogWatch : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly Inotify? _inotify;
    private readonly Watch? _watch;
    private TaskCompletionSource? _change;
    private bool _isWatched;
    private bool _hasChanged;

    public LogWatch(EventLoop loop)
    {
        _loop = loop;
        _inotify = Inotify.Create().Value;
        _watch = _inotify is null ? null : loop.TryWatch("log", _inotify.Fd, EpollEvents.In, _ => OnChange()).Value;
    }

    /// <summary>This file from here on; those before are forgotten when they are closed.</summary>
    public void Use(OpenLogFile file) => _isWatched = _watch is not null && _inotify!.Watch(file.Fd).IsOk;

    /// <summary>Ends when there may be more to read.</summary>
    /// <param name="isSettled">Whether the file that is watched is the one that will be written to.</param>
    /// <param name="process">Its end is a change, too.</param>
    /// <param name="cancellation">Ends it as well.</param>
    public async Task WaitAsync(bool isSettled, SupervisedProcess process, CancellationToken cancellation)
    {
        if (_hasChanged)
        {
            // Since the last look at the file, perhaps.
            _hasChanged = false;
            return;
        }

        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _change = change;
        bool isOver = process.Exit is not null || process.IsForgotten;
        using LoopTimer? timer = isSettled && _isWatched && !isOver ? null : _loop.After(s_look, OnChange);
        using CancellationTokenRegistration registration = cancellation.Register(OnChange);
        process.Over += OnChange;
        await change.Task;
        process.Over -= OnChange;
        _hasChanged = false;
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _inotify?.Dispose();
    }

    private void OnChange()
    {
        _hasChanged = true;
        _inotify?.Acknowledge();
        _ = _change?.TrySetResult();
    }
}
