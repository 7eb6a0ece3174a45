using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>
/// What differs between the kernel ABIs shimd is built for (x86-64 and arm64). Everything else in this folder is the
/// same on both; a test compiles the layouts with a C compiler for each.
/// </summary>
internal static class Abi
{
    private static readonly bool s_isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>open(2): O_DIRECTORY.</summary>
    public static int OpenDirectory => OpenDirectoryFor(s_isX64);

    /// <summary>open(2): O_NOFOLLOW.</summary>
    public static int OpenNoFollow => OpenNoFollowFor(s_isX64);

    /// <summary>epoll_ctl(2): the size of struct epoll_event, which is packed on x86-64 only.</summary>
    public static int EpollEventSize => EpollEventSizeFor(s_isX64);

    /// <summary>epoll_ctl(2): the offset of <c>data</c> in struct epoll_event.</summary>
    public static int EpollEventDataOffset => EpollEventSize - sizeof(ulong);

    internal static int OpenDirectoryFor(bool isX64) => isX64 ? 0x10000 : 0x4000;

    internal static int OpenNoFollowFor(bool isX64) => isX64 ? 0x20000 : 0x8000;

    internal static int EpollEventSizeFor(bool isX64) => isX64 ? 12 : 16;
}
