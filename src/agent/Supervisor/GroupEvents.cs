using Shimd.Loop;
using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>
/// A descriptor that tells of memory events: of one group with cgroup v2, of up to eight with v1, so that a crowd of containers does not need a
/// descriptor more for each. An eventfd does not say whose event it was: all are looked at. Lives as long as it has somebody to call.
/// </summary>
internal sealed class GroupEvents
{
    private const int MaxGroups = 8;
    private const int Looks = 7;
    private static readonly TimeSpan s_firstAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_lastAgain = TimeSpan.FromMilliseconds(320);

    private readonly EventLoop _loop;
    private readonly bool _isShared;
    private readonly List<Func<bool>> _looks = [];
    private readonly Watch _watch;
    private LoopTimer? _timer;
    private bool _isClosed;

    /// <param name="loop">Where it is waited for.</param>
    /// <param name="fd">An eventfd, or an open memory.events; taken over.</param>
    /// <param name="isShared">That of cgroup v1, which signals before it kills, and so before it counts; and once more when a group goes.</param>
    public GroupEvents(EventLoop loop, Fd fd, bool isShared)
    {
        _loop = loop;
        _isShared = isShared;
        Fd = fd;
        EpollEvents interest = isShared ? EpollEvents.In : EpollEvents.Priority | EpollEvents.EdgeTriggered;
        _watch = loop.Watch("memory events", fd, interest, _ => OnEvent());
    }

    public Fd Fd { get; }

    public bool HasRoom => !_isClosed && _looks.Count < MaxGroups;

    /// <param name="look">Called after an event; true when it had to do with it.</param>
    public void Add(Func<bool> look) => _looks.Add(look);

    public void Remove(Func<bool> look)
    {
        _ = _looks.Remove(look);
        DropIfEmpty();
    }

    public void DropIfEmpty()
    {
        if (_looks.Count == 0 && !_isClosed)
        {
            _isClosed = true;
            _timer?.Dispose();
            _watch.Dispose();
            Fd.Dispose();
        }
    }

    private void OnEvent()
    {
        // Reading is what makes it wait for the next change.
        Span<byte> content = stackalloc byte[8];
        _ = Fd.Read(content);
        Look(Looks, s_firstAgain);
    }

    private void Look(int left, TimeSpan again)
    {
        bool any = false;
        foreach (Func<bool> look in new List<Func<bool>>(_looks))
        {
            any |= look();
        }

        if (!any && _isShared && left > 0 && !_isClosed)
        {
            _timer?.Dispose();
            _timer = _loop.After(again, () => Look(left - 1, again < s_lastAgain ? 2 * again : again));
        }
    }
}
