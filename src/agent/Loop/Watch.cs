using Shimd.Native;

namespace Shimd.Loop;

/// <summary>One descriptor's registration with the loop; ends when disposed of, which must come before the descriptor is closed.</summary>
internal sealed class Watch(EventLoop loop, string name, Fd fd, ulong key, EpollEvents interest, Action<EpollEvents> onReady) : IDisposable
{
    private EpollEvents _interest = interest;
    private bool _ended;

    /// <summary>Whose handler it is, for the message when it fails.</summary>
    public string Name { get; } = name;

    public Fd Fd { get; } = fd;

    public Action<EpollEvents> OnReady { get; } = onReady;

    internal ulong Key { get; } = key;

    /// <summary>What to wait for from now on; hang-up and error are reported always.</summary>
    public EpollEvents Interest
    {
        get => _interest;
        set
        {
            if (_interest != value && !_ended)
            {
                _interest = value;
                loop.Modify(this, value);
            }
        }
    }

    public void Dispose()
    {
        if (!_ended)
        {
            _ended = true;
            loop.Remove(this);
        }
    }
}
