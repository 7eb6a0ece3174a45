using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shimd.Native;

namespace Shimd.Tests.Native;

/// <summary>What src/Native takes for granted of C's structs and constants, as static assertions for a C compiler.</summary>
internal static class CLayout
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <limits.h>
        #include <linux/magic.h>
        #include <linux/openat2.h>
        #include <poll.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/reboot.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statfs.h>
        #include <sys/syscall.h>
        #include <sys/timerfd.h>
        #include <sys/uio.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>

        /* linux/pidfd.h of Linux 6.15: the headers that are installed may be older. */
        struct pidfd_info_6_15 {
            uint64_t mask, cgroupid;
            uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
            int32_t exit_code;
        };
        #undef PIDFD_GET_INFO
        #define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info_6_15)
        #undef PIDFD_INFO_EXIT
        #define PIDFD_INFO_EXIT (1ULL << 3)

        #define SAME(a, b) _Static_assert((long long)(a) == (long long)(b), #a)

        """;

    /// <summary>Each struct of <see cref="Libc"/>, its name in C, and the C names of its fields.</summary>
    private static readonly Dictionary<Type, (string Name, (string Field, string Member)[] Members)> s_structs = new()
    {
        [typeof(Libc.StatFs)] = ("struct statfs", [("Type", "f_type")]),
        [typeof(Libc.StatX)] = ("struct statx",
        [
            ("Uid", "stx_uid"), ("Mode", "stx_mode"), ("Inode", "stx_ino"), ("Size", "stx_size"),
            ("ChangeSeconds", "stx_ctime.tv_sec"), ("ChangeNanoseconds", "stx_ctime.tv_nsec"),
            ("DeviceMajor", "stx_dev_major"), ("DeviceMinor", "stx_dev_minor"),
        ]),
        [typeof(Libc.OpenHow)] = ("struct open_how", [("Flags", "flags"), ("Mode", "mode"), ("Resolve", "resolve")]),
        [typeof(Libc.TimeSpec)] = ("struct timespec", [("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec")]),
        [typeof(Libc.TimerSpec)] = ("struct itimerspec", [("Interval", "it_interval"), ("Value", "it_value")]),
        [typeof(Libc.SignalInfo)] = ("struct signalfd_siginfo", [("Signal", "ssi_signo"), ("Pid", "ssi_pid")]),
        [typeof(Libc.ChildInfo)] = ("siginfo_t", [("Code", "si_code"), ("Pid", "si_pid"), ("Status", "si_status")]),
        [typeof(Libc.PidFdInfo)] = ("struct pidfd_info_6_15", [("Mask", "mask"), ("ExitCode", "exit_code")]),
        [typeof(Libc.SpawnAttributes)] = ("posix_spawnattr_t", []),
        [typeof(Libc.SpawnFileActions)] = ("posix_spawn_file_actions_t", []),
        [typeof(Libc.SocketAddress)] = ("struct sockaddr_un", [("Family", "sun_family"), ("Path", "sun_path")]),
        [typeof(Libc.ResourceLimit)] = ("struct rlimit", [("Soft", "rlim_cur"), ("Hard", "rlim_max")]),
        [typeof(Libc.Credentials)] = ("struct ucred", [("Pid", "pid"), ("Uid", "uid"), ("Gid", "gid")]),
        [typeof(Libc.IoVector)] = ("struct iovec", [("Base", "iov_base"), ("Length", "iov_len")]),
        [typeof(Libc.MessageHeader)] = ("struct msghdr",
        [
            ("Vectors", "msg_iov"), ("VectorCount", "msg_iovlen"), ("Control", "msg_control"),
            ("ControlLength", "msg_controllen"), ("Flags", "msg_flags"),
        ]),
        [typeof(Libc.ControlHeader)] = ("struct cmsghdr", [("Length", "cmsg_len"), ("Level", "cmsg_level"), ("Type", "cmsg_type")]),
        [typeof(Libc.WindowSize)] = ("struct winsize",
        [
            ("Rows", "ws_row"), ("Columns", "ws_col"), ("PixelWidth", "ws_xpixel"), ("PixelHeight", "ws_ypixel"),
        ]),
        [typeof(Libc.TerminalAttributes)] = ("struct termios", []),
        [typeof(SignalSet)] = ("sigset_t", []),
    };

    /// <summary>Constants beside those of <see cref="Libc"/>, whose names are C's already.</summary>
    private static readonly (Type Type, string Field, string Name)[] s_constants =
    [
        (typeof(FileStatus), "TypeMask", "S_IFMT"),
        (typeof(NativeFile), "TmpfsMagic", "TMPFS_MAGIC"),
        (typeof(NativeFile), "RamfsMagic", "RAMFS_MAGIC"),
        (typeof(NativeFile), "OpenAt2", "SYS_openat2"),
        (typeof(NativeFile), "ResolveInRoot", "RESOLVE_IN_ROOT"),
        (typeof(NativeFile), "OwnerReadWrite", "S_IRUSR | S_IWUSR"),
        (typeof(NativeFile), "OwnerAll", "S_IRWXU"),
        (typeof(SignalMask), "SigBlock", "SIG_BLOCK"),
        (typeof(Signal), "RealTimeMin", "__SIGRTMIN + 2"),
        (typeof(Signal), "RealTimeMax", "__SIGRTMAX"),
        (typeof(UnixSocket), "MaxPathBytes", "sizeof(((struct sockaddr_un *)0)->sun_path) - 1"),
    ];

    /// <summary>The structs that are declared, for a check that none is forgotten here.</summary>
    public static IEnumerable<Type> Declared => typeof(Libc).GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)
        .Where(type => type.IsValueType && !type.Name.StartsWith('<'));

    public static IEnumerable<Type> Covered => s_structs.Keys;

    /// <summary>The fields of a struct that have no name in C here.</summary>
    public static IEnumerable<string> Uncovered(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Instance)
        .Select(field => field.Name)
        .Except(s_structs[type].Members.Select(member => member.Field))
        .Select(name => $"{type.Name}.{name}");

    /// <summary>A C file that compiles only where all of it is true.</summary>
    public static string SourceFor(bool isX64) => Headers + string.Join('\n',
    [
        .. s_structs.SelectMany(entry => Of(entry.Key, entry.Value.Name, entry.Value.Members)),
        .. Constants(typeof(Libc), name => name),
        .. Constants(typeof(Signal), name => name.StartsWith("SIG", StringComparison.Ordinal) ? name : null),
        .. s_constants.Select(constant => Same(constant.Name, Value(Field(constant.Type, constant.Field)))),
        .. Enum.GetValues<Errno>().Where(error => error != Errno.None).Select(error => Same(error.ToString(), (int)error)),
        .. Enumerable.Range(1, 31).Select(number => Same(Signal.NameOf(number), number)),
        Same("EPOLLIN", (long)EpollEvents.In),
        Same("EPOLLPRI", (long)EpollEvents.Priority),
        Same("EPOLLOUT", (long)EpollEvents.Out),
        Same("EPOLLERR", (long)EpollEvents.Error),
        Same("EPOLLHUP", (long)EpollEvents.HangUp),
        Same("EPOLLRDHUP", (long)EpollEvents.ReadHangUp),
        Same("EPOLLET", (long)(uint)EpollEvents.EdgeTriggered),
        Same("sizeof(struct epoll_event)", Abi.EpollEventSizeFor(isX64)),
        Same("offsetof(struct epoll_event, events)", 0),
        Same("offsetof(struct epoll_event, data)", Abi.EpollEventSizeFor(isX64) - sizeof(ulong)),
        Same("O_DIRECTORY", Abi.OpenDirectoryFor(isX64)),
        Same("O_NOFOLLOW", Abi.OpenNoFollowFor(isX64)),
        Same("CMSG_LEN(0)", Unsafe.SizeOf<Libc.ControlHeader>()),
        Same("CMSG_SPACE(1)", Unsafe.SizeOf<Libc.ControlHeader>() + 8),
        "",
    ]);

    private static IEnumerable<string> Of(Type type, string name, (string Field, string Member)[] members)
    {
        yield return Same($"sizeof({name})", Marshal.SizeOf(type));
        yield return $"_Static_assert(_Alignof({name}) <= 8, \"{name}\");";
        foreach ((string field, string member) in members)
        {
            yield return Same($"offsetof({name}, {member})", Marshal.OffsetOf(type, field));
            Type fieldType = type.GetField(field)!.FieldType;
            yield return Same($"sizeof((({name} *)0)->{member})", fieldType.IsPointer ? IntPtr.Size : Marshal.SizeOf(fieldType));
        }
    }

    private static IEnumerable<string> Constants(Type type, Func<string, string?> nameInC)
        => from field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
           where field.IsLiteral && field.FieldType != typeof(string)
           let name = nameInC(field.Name)
           where name is not null
           select Same(name, Value(field));

    private static FieldInfo Field(Type type, string name)
        => type.GetField(name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            ?? throw new MissingFieldException(type.Name, name);

    private static long Value(FieldInfo field) => field.GetRawConstantValue() is ulong large ? (long)large : Convert.ToInt64(field.GetRawConstantValue());

    private static string Same(string expression, long value) => $"SAME({expression}, {value}LL);";
}
