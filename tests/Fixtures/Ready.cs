using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>Waits for a descriptor, on an epoll of its own.</summary>
internal static class Ready
{
    /// <summary>Long enough for a loaded machine; nothing waits so long unless it fails.</summary>
    public const int DeadlineMs = 60_000;

    /// <summary>What epoll reports, or None at the deadline. Hang-ups and errors are always reported.</summary>
    public static EpollEvents Wait(Fd fd, EpollEvents interest = EpollEvents.In, int timeoutMs = DeadlineMs)
    {
        using var epoll = new Epoll();
        epoll.Add(fd, interest, 0).OrThrow("epoll_ctl");
        return epoll.Wait(timeoutMs).OrThrow("epoll_wait") > 0 ? epoll.Result(0).Events : EpollEvents.None;
    }

    /// <summary>What epoll reports right now.</summary>
    public static EpollEvents Now(Fd fd, EpollEvents interest = EpollEvents.In) => Wait(fd, interest, 0);

    /// <summary>Writes all to a non-blocking descriptor; fails when nobody takes it in time.</summary>
    public static void Send(Fd fd, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Assert.NotEqual(EpollEvents.None, Wait(fd, EpollEvents.Out));
            SysResult written = fd.Write(bytes);
            bytes = bytes[(int)(written.WouldBlock ? 0 : written.OrThrow("write"))..];
        }
    }
}
