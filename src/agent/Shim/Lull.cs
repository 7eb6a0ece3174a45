using Shimd.Loop;

namespace Shimd.Shim;

/// <summary>Tells when a burst is over, so that the memory it took can go back. A process that says little never needs it.</summary>
/// <param name="loop">Where time passes.</param>
/// <param name="onLull">Called once after a burst.</param>
internal sealed class Lull(EventLoop loop, Action onLull)
{
    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(1);

    /// <summary>No more is touched by a process that says little: its pages stay.</summary>
    public const int FewBytes = 4096;

    private bool _isBusy;
    private bool _isAwaited;

    /// <summary>So many bytes went through.</summary>
    public void Moved(long bytes)
    {
        if (bytes > FewBytes)
        {
            _isBusy = true;
            if (!_isAwaited)
            {
                Await();
            }
        }
    }

    private void Await()
    {
        _isAwaited = true;
        _ = loop.After(s_length, OnTime);
    }

    private void OnTime()
    {
        _isAwaited = false;
        if (_isBusy)
        {
            _isBusy = false;
            Await();
        }
        else
        {
            onLull();
        }
    }
}
