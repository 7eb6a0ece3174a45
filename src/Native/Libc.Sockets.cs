using System.Runtime.InteropServices;

namespace Shimd.Native;

internal static unsafe partial class Libc
{
    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1;
    public const int SO_PEERCRED = 17;
    public const int SCM_RIGHTS = 1;
    public const int SHUT_WR = 1;
    public const int MSG_CTRUNC = 0x8;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    [LibraryImport(Name, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int bind(Fd fd, SocketAddress* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int listen(Fd fd, int backlog);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int accept4(Fd fd, void* address, uint* length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int connect(Fd fd, SocketAddress* address, uint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int shutdown(Fd fd, int how);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int getsockopt(Fd fd, int level, int option, void* value, uint* length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint send(Fd fd, byte* buffer, nuint length, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint sendmsg(Fd fd, MessageHeader* message, int flags);

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint recvmsg(Fd fd, MessageHeader* message, int flags);

    /// <summary>unix(7): struct sockaddr_un.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 110)]
    public struct SocketAddress
    {
        public ushort Family;
        public fixed byte Path[108];
    }

    /// <summary>unix(7): struct ucred.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Credentials
    {
        public int Pid;
        public uint Uid;
        public uint Gid;
    }

    /// <summary>readv(2): struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>sendmsg(2): struct msghdr.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 56)]
    public struct MessageHeader
    {
        [FieldOffset(16)]
        public IoVector* Vectors;

        [FieldOffset(24)]
        public nuint VectorCount;

        [FieldOffset(32)]
        public byte* Control;

        [FieldOffset(40)]
        public nuint ControlLength;

        [FieldOffset(48)]
        public int Flags;
    }

    /// <summary>cmsg(3): struct cmsghdr, which the descriptors follow directly.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }
}
