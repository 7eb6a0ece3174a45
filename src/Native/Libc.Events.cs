using System.Runtime.InteropServices;

namespace Shimd.Native;

internal static unsafe partial class Libc
{
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;

    public const int EFD_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;

    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int TFD_CLOEXEC = 0x80000;
    public const int TFD_NONBLOCK = 0x800;
    public const int TFD_TIMER_ABSTIME = 1;

    public const int SFD_CLOEXEC = 0x80000;
    public const int SFD_NONBLOCK = 0x800;

    public const int IN_NONBLOCK = 0x800;
    public const int IN_CLOEXEC = 0x80000;
    public const uint IN_MODIFY = 0x002;
    public const uint IN_ATTRIB = 0x004;
    public const uint IN_MOVE_SELF = 0x800;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int inotify_init1(int flags);

    [LibraryImport(Name, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int inotify_add_watch(Fd inotify, string path, uint mask);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_ctl(Fd epoll, int operation, Fd fd, byte* epollEvent);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int epoll_wait(Fd epoll, byte* events, int maxEvents, int timeoutMs);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int poll(EarlyLibc.PollDescriptor* descriptors, nuint count, int timeoutMs);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int timerfd_create(int clock, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int timerfd_settime(Fd fd, int flags, TimerSpec* value, TimerSpec* old);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int clock_gettime(int clock, TimeSpec* value);

    [LibraryImport(Name)]
    public static partial int nanosleep(TimeSpec* request, TimeSpec* left);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int signalfd(int fd, SignalSet* mask, int flags);

    [LibraryImport(Name)]
    public static partial int pthread_sigmask(int how, SignalSet* set, SignalSet* old);

    /// <summary>timespec(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>timerfd_settime(2): struct itimerspec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimerSpec
    {
        public TimeSpec Interval;
        public TimeSpec Value;
    }

    /// <summary>signalfd(2): struct signalfd_siginfo.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct SignalInfo
    {
        [FieldOffset(0)]
        public uint Signal;

        [FieldOffset(12)]
        public uint Pid;
    }
}
