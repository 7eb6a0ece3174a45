using System.Runtime.InteropServices;

namespace Shimd.Native;

internal static unsafe partial class Libc
{
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_PRIVATE = 0x02;
    public const int MAP_ANONYMOUS = 0x20;
    public const int MADV_DONTNEED = 4;

    [LibraryImport(Name, SetLastError = true)]
    public static partial nint mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int munmap(void* address, nuint length);

    [LibraryImport(Name, SetLastError = true)]
    public static partial int madvise(void* address, nuint length, int advice);
}
