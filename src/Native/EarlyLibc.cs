using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>
/// Imports for code that runs before the .NET runtime has started: a bare call each, with neither marshalling nor a change of the
/// thread's state, and errno left where it is. Everything here returns −1 on failure, as in libc.
/// </summary>
internal static unsafe partial class EarlyLibc
{
    /// <summary>Where a process has the sealed image that SharedImage made, if it has one.</summary>
    public const int ImageDescriptor = 12;

    /// <summary>fcntl(2): F_GETFD, −1 for a descriptor that is not open.</summary>
    public const int GetFlags = 1;

    public const short POLLIN = 1;
    public const short POLLPRI = 2;
    public const short POLLOUT = 4;
    public const short POLLHUP = 0x10;

    private const string Name = "libc";
    private const int Realtime = 0;
    private const int Monotonic = 1;
    private const int SetName = 15;
    private const int Block = 0;

    /// <summary>The libc's call of main was turned towards us by the linker's <c>--wrap=main</c>; this is the runtime's own.</summary>
    [LibraryImport(Name, EntryPoint = "__real_main")]
    [SuppressGCTransition]
    public static partial int RealMain(int count, byte** arguments);

    /// <summary>The runtime's own, as with <see cref="RealMain"/>: where a section of the program's data lies.</summary>
    [LibraryImport(Name, EntryPoint = "__real_RhpGetModuleSection")]
    [SuppressGCTransition]
    public static partial byte* RealModuleSection(void* module, int section, int* length);

    /// <summary>getauxval(3).</summary>
    [LibraryImport(Name, EntryPoint = "getauxval")]
    [SuppressGCTransition]
    public static partial nuint AuxiliaryValue(nuint type);

    /// <summary>abort(3).</summary>
    [LibraryImport(Name, EntryPoint = "abort")]
    [SuppressGCTransition]
    public static partial void Abort();

    /// <summary>fgets(3).</summary>
    [LibraryImport(Name, EntryPoint = "fgets")]
    [SuppressGCTransition]
    public static partial byte* ReadLine(byte* buffer, int size, void* file);

    /// <summary>fseek(3).</summary>
    [LibraryImport(Name, EntryPoint = "fseek")]
    [SuppressGCTransition]
    public static partial int Seek(void* file, nint offset, int from);

    /// <summary>mmap(2).</summary>
    [LibraryImport(Name, EntryPoint = "mmap")]
    [SuppressGCTransition]
    public static partial byte* Map(byte* address, nuint length, int protection, int flags, int fd, long offset);

    /// <summary>mprotect(2).</summary>
    [LibraryImport(Name, EntryPoint = "mprotect")]
    [SuppressGCTransition]
    public static partial int Protect(byte* address, nuint length, int protection);

    /// <summary>fcntl(2).</summary>
    [LibraryImport(Name, EntryPoint = "fcntl")]
    [SuppressGCTransition]
    public static partial int Control(int fd, int command, nint argument);

    /// <summary>memfd_create(2).</summary>
    [LibraryImport(Name, EntryPoint = "memfd_create")]
    [SuppressGCTransition]
    public static partial int CreateMemory(byte* name, uint flags);

    /// <summary>poll(2).</summary>
    [LibraryImport(Name, EntryPoint = "poll")]
    [SuppressGCTransition]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMs);

    /// <summary>open(2).</summary>
    [LibraryImport(Name, EntryPoint = "open")]
    [SuppressGCTransition]
    public static partial int Open(byte* path, int flags);

    /// <summary>open(2) for reading, without waiting for anybody at the other end of a fifo; not kept by execve(2).</summary>
    public static int OpenWithoutWaiting(byte* path) => Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK);

    /// <summary>Whether it is a regular file of our own user, to which nobody else may write: statx(2), geteuid(2).</summary>
    public static bool IsOurFile(int fd)
    {
        const ushort TypeMask = 0xF000;
        const ushort Regular = 0x8000;
        const ushort WritableByOthers = 0x12; // 0022
        Libc.StatX status;
        fixed (byte* nothing = "\0"u8)
        {
            return statx(fd, nothing, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, &status) == 0
                && (status.Mode & TypeMask) == Regular
                && (status.Mode & WritableByOthers) == 0
                && status.Uid == geteuid();
        }
    }

    /// <summary>getenv(3).</summary>
    /// <returns>Null where it is not set.</returns>
    [LibraryImport(Name, EntryPoint = "getenv")]
    [SuppressGCTransition]
    public static partial byte* Environment(byte* name);

    /// <summary>write(2).</summary>
    [LibraryImport(Name, EntryPoint = "write")]
    [SuppressGCTransition]
    public static partial nint Write(int fd, byte* buffer, nuint count);

    /// <summary>close(2).</summary>
    [LibraryImport(Name, EntryPoint = "close")]
    [SuppressGCTransition]
    public static partial int Close(int fd);

    /// <summary>read(2).</summary>
    [LibraryImport(Name, EntryPoint = "read")]
    [SuppressGCTransition]
    public static partial nint Read(int fd, void* buffer, nuint count);

    /// <summary>pread(2).</summary>
    [LibraryImport(Name, EntryPoint = "pread")]
    [SuppressGCTransition]
    public static partial nint ReadAt(int fd, void* buffer, nuint count, long offset);

    /// <summary>pwrite(2).</summary>
    [LibraryImport(Name, EntryPoint = "pwrite")]
    [SuppressGCTransition]
    public static partial nint WriteAt(int fd, void* buffer, nuint count, long offset);

    /// <summary>ftruncate(2).</summary>
    [LibraryImport(Name, EntryPoint = "ftruncate")]
    [SuppressGCTransition]
    public static partial int Truncate(int fd, long length);

    /// <summary>fsync(2).</summary>
    [LibraryImport(Name, EntryPoint = "fsync")]
    [SuppressGCTransition]
    public static partial int Sync(int fd);

    /// <summary>rename(2).</summary>
    [LibraryImport(Name, EntryPoint = "rename")]
    [SuppressGCTransition]
    public static partial int Rename(byte* from, byte* to);

    /// <summary>dup3(2), not kept by execve(2).</summary>
    public static int Duplicate(int from, int to) => dup3(from, to, Libc.O_CLOEXEC);

    /// <summary>A non-blocking descriptor that is readable while SIGCHLD, which is blocked, is pending: signalfd(2).</summary>
    public static int ChildSignals()
    {
        SignalSet set = SignalSet.Of([Signal.SIGCHLD]);
        return signalfd(-1, &set, Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK);
    }

    /// <summary>A child that has ended and is left to be reaped: waitid(2) with WNOHANG and WNOWAIT.</summary>
    /// <returns>Its pid, 0 for none.</returns>
    public static int EndedChild()
    {
        Libc.ChildInfo info = default;
        return waitid(Libc.P_ALL, 0, &info, Libc.WEXITED | Libc.WNOHANG | Libc.WNOWAIT) == 0 ? info.Pid : 0;
    }

    /// <summary>Reaps it: waitid(2).</summary>
    /// <param name="pid">An <see cref="EndedChild"/>.</param>
    /// <param name="signal">That ended it, or 0.</param>
    /// <param name="coreDumped">As waitid(2) has it.</param>
    /// <returns>Its exit code, 0 if it was signalled.</returns>
    public static int Reap(int pid, int* signal, bool* coreDumped)
    {
        Libc.ChildInfo info = default;
        _ = waitid(Libc.P_PID, pid, &info, Libc.WEXITED | Libc.WNOHANG);
        bool isExit = info.Code == Libc.CLD_EXITED;
        *signal = isExit ? 0 : info.Status;
        *coreDumped = info.Code == Libc.CLD_DUMPED;
        return isExit ? info.Status : 0;
    }

    /// <summary>Nanoseconds since 1970: clock_gettime(2).</summary>
    public static long Now() => Read(Realtime);

    /// <summary>Nanoseconds by the clock of Stopwatch: clock_gettime(2).</summary>
    public static long MonotonicNow() => Read(Monotonic);

    private static long Read(int clock)
    {
        Libc.TimeSpec now = default;
        _ = clock_gettime(clock, &now);
        return (now.Seconds * 1_000_000_000) + now.Nanoseconds;
    }

    /// <summary>Blocks <see cref="SignalMask.LoopSignals"/> in this thread, and so in every thread that will be: sigprocmask(2).</summary>
    public static void BlockLoopSignals()
    {
        SignalSet set = SignalSet.Of(SignalMask.LoopSignals);
        _ = sigprocmask(Block, &set, null);
    }

    /// <summary>What ps shows as comm: prctl(2) PR_SET_NAME.</summary>
    public static void SetProcessName(byte* name) => _ = prctl(SetName, (nuint)name, 0, 0, 0);

    /// <summary>kill -9 of ourselves.</summary>
    public static void Die() => _ = kill(Pid(), Signal.SIGKILL);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int statx(int directory, byte* path, int flags, uint mask, Libc.StatX* result);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial uint geteuid();

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int dup3(int from, int to, int flags);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int signalfd(int fd, SignalSet* mask, int flags);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int waitid(int idType, int id, Libc.ChildInfo* info, int options);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int clock_gettime(int clock, Libc.TimeSpec* value);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int sigprocmask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int kill(int pid, int signal);

    /// <summary>poll(2): struct pollfd; a negative descriptor is passed over.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Fd;
        public short Wanted;
        public short Ready;
    }
}
