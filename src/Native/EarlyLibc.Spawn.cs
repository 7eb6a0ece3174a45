using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>What a shim needs to start a process ahead of the .NET runtime. posix_spawn(3) and its kin give an errno, 0 for success.</summary>
internal static unsafe partial class EarlyLibc
{
    private const uint OwnerReadWrite = 0x180; // 0600

    /// <summary>A plan for a process in a process group of its own, with no signal blocked, and so far with our descriptors.</summary>
    public static bool Begin(SpawnPlan* plan)
    {
        SignalSet none = default;
        return posix_spawn_file_actions_init(&plan->Actions) == 0
            && posix_spawnattr_init(&plan->Attributes) == 0
            && posix_spawnattr_setflags(&plan->Attributes, Libc.POSIX_SPAWN_SETPGROUP | Libc.POSIX_SPAWN_SETSIGMASK) == 0
            && posix_spawnattr_setsigmask(&plan->Attributes, &none) == 0;
    }

    /// <summary>posix_spawn_file_actions_adddup2(3).</summary>
    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_adddup2")]
    [SuppressGCTransition]
    public static partial int AddDuplicate(Libc.SpawnFileActions* actions, int from, int to);

    /// <summary>posix_spawn_file_actions_addclosefrom_np(3).</summary>
    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    [SuppressGCTransition]
    public static partial int AddCloseFrom(Libc.SpawnFileActions* actions, int from);

    /// <summary>posix_spawn(3). What the two objects have allocated stays: it is done once in a process.</summary>
    [LibraryImport(Name, EntryPoint = "posix_spawn")]
    [SuppressGCTransition]
    public static partial int Spawn(
        int* pid, byte* path, Libc.SpawnFileActions* actions, Libc.SpawnAttributes* attributes, byte** arguments, byte** environment);

    /// <summary>getpid(2).</summary>
    [LibraryImport(Name, EntryPoint = "getpid")]
    [SuppressGCTransition]
    public static partial int Pid();

    /// <summary>open(2) of a new file, or an old one that is emptied, for writing; of mode 0600, not kept by execve(2).</summary>
    /// <param name="lowest">Its number is at least that: fcntl(2) F_DUPFD_CLOEXEC.</param>
    /// <param name="path">Its name.</param>
    public static int CreateAbove(int lowest, byte* path)
    {
        int file = open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC | Libc.O_CLOEXEC, OwnerReadWrite);
        int above = Control(file, Libc.F_DUPFD_CLOEXEC, lowest);
        _ = Close(file);
        return above;
    }

    /// <summary>prctl(2) PR_SET_CHILD_SUBREAPER.</summary>
    public static bool BecomeSubreaper() => prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;

    /// <summary>Sets the soft limit of RLIMIT_NOFILE: setrlimit(2).</summary>
    public static bool LimitOpenFiles(ulong soft)
    {
        Libc.ResourceLimit limit;
        if (getrlimit(Libc.RLIMIT_NOFILE, &limit) != 0)
        {
            return false;
        }

        limit.Soft = soft;
        return setrlimit(Libc.RLIMIT_NOFILE, &limit) == 0;
    }

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int posix_spawn_file_actions_init(Libc.SpawnFileActions* actions);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int posix_spawnattr_init(Libc.SpawnAttributes* attributes);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int posix_spawnattr_setflags(Libc.SpawnAttributes* attributes, short flags);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int posix_spawnattr_setsigmask(Libc.SpawnAttributes* attributes, SignalSet* mask);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int getrlimit(int resource, Libc.ResourceLimit* limit);

    [LibraryImport(Name)]
    [SuppressGCTransition]
    private static partial int setrlimit(int resource, Libc.ResourceLimit* limit);

    /// <summary>How to start a process: posix_spawn(3).</summary>
    public struct SpawnPlan
    {
        public Libc.SpawnFileActions Actions;
        public Libc.SpawnAttributes Attributes;
    }
}
