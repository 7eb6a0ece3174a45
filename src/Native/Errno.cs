using System.Runtime.InteropServices;

namespace Shimd.Native;

/// <summary>errno(3): the kernel's error numbers, with libc's names (asm-generic: the same on x86-64 and arm64).</summary>
internal enum Errno
{
    None = 0,
    EPERM = 1,
    ENOENT = 2,
    ESRCH = 3,
    EINTR = 4,
    EIO = 5,
    ENXIO = 6,
    E2BIG = 7,
    ENOEXEC = 8,
    EBADF = 9,
    ECHILD = 10,
    EAGAIN = 11,
    ENOMEM = 12,
    EACCES = 13,
    EFAULT = 14,
    EBUSY = 16,
    EEXIST = 17,
    EXDEV = 18,
    ENODEV = 19,
    ENOTDIR = 20,
    EISDIR = 21,
    EINVAL = 22,
    ENFILE = 23,
    EMFILE = 24,
    ENOTTY = 25,
    ETXTBSY = 26,
    EFBIG = 27,
    ENOSPC = 28,
    ESPIPE = 29,
    EROFS = 30,
    EMLINK = 31,
    EPIPE = 32,
    ENAMETOOLONG = 36,
    ENOSYS = 38,
    ENOTEMPTY = 39,
    ELOOP = 40,
    EOVERFLOW = 75,
    ENOTSOCK = 88,
    EMSGSIZE = 90,
    EPROTONOSUPPORT = 93,
    EOPNOTSUPP = 95,
    EAFNOSUPPORT = 97,
    EADDRINUSE = 98,
    ENETDOWN = 100,
    ECONNABORTED = 103,
    ECONNRESET = 104,
    ENOBUFS = 105,
    ENOTCONN = 107,
    ETIMEDOUT = 110,
    ECONNREFUSED = 111,
    EINPROGRESS = 115,
    EDQUOT = 122,
    ECANCELED = 125,
}

/// <summary>The one door from errno to words.</summary>
internal static class ErrnoExtensions
{
    /// <summary>strerror(3) with the errno's name, as in <c>ENOENT (No such file or directory)</c>.</summary>
    public static string Describe(this Errno error)
        => $"{error.Name()} ({Marshal.PtrToStringUTF8(Libc.strerror((int)error))})";

    /// <summary>libc's name, or <c>errno N</c> for one that this table does not list.</summary>
    public static string Name(this Errno error)
        => Enum.IsDefined(error) ? error.ToString() : $"errno {(int)error}";
}
