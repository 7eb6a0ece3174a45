using System.Runtime.InteropServices;

namespace Shimd.Native;

internal static unsafe partial class Libc
{
    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int WNOHANG = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x1000000;

    public const int CLD_EXITED = 1;
    public const int CLD_KILLED = 2;
    public const int CLD_DUMPED = 3;

    public const short POSIX_SPAWN_SETPGROUP = 0x02;
    public const short POSIX_SPAWN_SETSIGDEF = 0x04;
    public const short POSIX_SPAWN_SETSIGMASK = 0x08;
    public const short POSIX_SPAWN_SETSID = 0x80;

    public const int PR_SET_NAME = 15;
    public const int PR_SET_CHILD_SUBREAPER = 36;

    /// <summary>linux/pidfd.h: _IOWR(0xFF, 11, struct pidfd_info) with the first published size, 64 bytes.</summary>
    public const nuint PIDFD_GET_INFO = 0xC040FF0B;
    public const ulong PIDFD_INFO_EXIT = 1 << 3;

    public const int RLIMIT_NOFILE = 7;

    public const int SCHED_OTHER = 0;
    public const int SCHED_FIFO = 1;
    public const int SCHED_RESET_ON_FORK = 0x40000000;
    public const int PRIO_PROCESS = 0;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int setrlimit(int resource, ResourceLimit* limit);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getpriority(int which, int who);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int sched_getscheduler(int pid);

    /// <param name="pid">A process.</param>
    /// <param name="policy">One of SCHED_.</param>
    /// <param name="priority">struct sched_param, whose one member it is.</param>
    [LibraryImport(Name, SetLastError = true)]
    public static partial int sched_setscheduler(int pid, int policy, int* priority);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint getrandom(byte* buffer, nuint length, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int pidfd_open(int pid, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int pidfd_send_signal(Fd pidFd, int signal, void* info, uint flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int waitid(int idType, int id, ChildInfo* info, int options);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(Name)]
    public static partial int posix_spawn(int* pid, byte* path, SpawnFileActions* actions, SpawnAttributes* attributes, byte** arguments, byte** environment);

    [LibraryImport(Name)]
    public static partial int posix_spawnattr_init(SpawnAttributes* attributes);

    [LibraryImport(Name)]
    public static partial int posix_spawnattr_destroy(SpawnAttributes* attributes);

    [LibraryImport(Name)]
    public static partial int posix_spawnattr_setflags(SpawnAttributes* attributes, short flags);

    [LibraryImport(Name)]
    public static partial int posix_spawnattr_setsigmask(SpawnAttributes* attributes, SignalSet* mask);

    [LibraryImport(Name)]
    public static partial int posix_spawnattr_setsigdefault(SpawnAttributes* attributes, SignalSet* signals);

    [LibraryImport(Name)]
    public static partial int posix_spawn_file_actions_init(SpawnFileActions* actions);

    [LibraryImport(Name)]
    public static partial int posix_spawn_file_actions_destroy(SpawnFileActions* actions);

    [LibraryImport(Name)]
    public static partial int posix_spawn_file_actions_adddup2(SpawnFileActions* actions, int from, int to);

    [LibraryImport(Name)]
    public static partial int posix_spawn_file_actions_addclose(SpawnFileActions* actions, int fd);

    [LibraryImport(Name)]
    public static partial int posix_spawn_file_actions_addclosefrom_np(SpawnFileActions* actions, int from);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn_file_actions_addchdir_np(SpawnFileActions* actions, string path);

    /// <summary>getrlimit(2): struct rlimit.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>waitid(2): the members of siginfo_t that it fills in.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct ChildInfo
    {
        [FieldOffset(8)]
        public int Code;

        [FieldOffset(16)]
        public int Pid;

        [FieldOffset(24)]
        public int Status;
    }

    /// <summary>linux/pidfd.h: struct pidfd_info, its first published size.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct PidFdInfo
    {
        [FieldOffset(0)]
        public ulong Mask;

        [FieldOffset(60)]
        public int ExitCode;
    }

    /// <summary>posix_spawn(3): posix_spawnattr_t (opaque).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 336)]
    public struct SpawnAttributes
    {
        [FieldOffset(0)]
        private long _alignment;
    }

    /// <summary>posix_spawn(3): posix_spawn_file_actions_t (opaque).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    public struct SpawnFileActions
    {
        [FieldOffset(0)]
        private long _alignment;
    }
}
