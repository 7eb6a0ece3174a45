using System.Runtime.InteropServices;
using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>inotify(7), for peers that tell of an exit by a file.</summary>
internal static partial class NewFiles
{
    private const int Create = 0x100;
    private const int MovedTo = 0x80;

    /// <summary>A descriptor that becomes readable when a file appears in the directory.</summary>
    public static Fd Watch(string directory)
    {
        Fd fd = Fd.From(inotify_init1(0x80000)).OrThrow("inotify_init1");
        SysResult.From(inotify_add_watch(fd.Number, directory, Create | MovedTo)).OrThrow("inotify_add_watch");
        return fd;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, int mask);
}
