using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>Waits for a descriptor.</summary>
internal static class Ready
{
    /// <summary>Whether it became readable (or hung up) in time.</summary>
    public static bool Wait(Fd fd, int limitMs)
    {
        using var epoll = new Epoll();
        epoll.Add(fd, EpollEvents.In, 0).OrThrow("epoll_ctl");
        long start = Stopclock.Now;
        int left = limitMs;
        while (left >= 0)
        {
            if (epoll.Wait(left).OrThrow("epoll_wait") > 0)
            {
                return true;
            }

            left = limitMs - (int)Stopclock.MillisecondsSince(start) - 1;
        }

        return false;
    }
}
