using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Shimd.Native;

/// <summary>A directory and all below it.</summary>
internal static unsafe class DirectoryTree
{
    private const int BufferBytes = 4096;

    /// <summary>getdents64(2): struct linux_dirent64, whose name follows its type.</summary>
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte TypeDirectory = 4;

    /// <summary>
    /// unlinkat(2), from the bottom to the top: a name is looked up in its own directory alone, and what a symbolic link leads to is not touched. What is not there is removed already.
    /// Errors: ENOTDIR; EACCES, EROFS, EBUSY (a mount), EMFILE, EIO: some of it is then still there.
    /// </summary>
    public static SysResult Remove(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Remove(Libc.AT_FDCWD, name);
        }
    }

    private static SysResult Remove(int parent, byte* name)
    {
        SysResult<Fd> opened = Fd.From(Libc.openat(parent, name, Libc.O_RDONLY | Abi.OpenDirectory | Abi.OpenNoFollow | Libc.O_CLOEXEC));
        if (!opened.IsOk)
        {
            return OkWhenMissing(SysResult.Fail(opened.Error));
        }

        using Fd directory = opened.Value!;
        SysResult emptied = Empty(directory);
        return emptied.IsOk ? OkWhenMissing(SysResult.From(Libc.unlinkat(parent, name, Libc.AT_REMOVEDIR))) : emptied;
    }

    [SkipLocalsInit]
    private static SysResult Empty(Fd directory)
    {
        byte* buffer = stackalloc byte[BufferBytes];
        while (true)
        {
            SysResult read = SysResult.From(Libc.getdents64(directory, buffer, BufferBytes));
            if (read.Value <= 0)
            {
                return read;
            }

            for (byte* entry = buffer; entry < buffer + read.Value; entry += *(ushort*)(entry + LengthOffset))
            {
                SysResult removed = RemoveEntry(directory.Number, entry[TypeOffset], entry + NameOffset);
                if (!removed.IsOk)
                {
                    return removed;
                }
            }
        }
    }

    private static SysResult RemoveEntry(int directory, byte type, byte* name)
    {
        if (MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name) is [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            return SysResult.Ok;
        }

        SysResult removed = type == TypeDirectory ? SysResult.Fail(Errno.EISDIR) : SysResult.From(Libc.unlinkat(directory, name, 0));
        return removed.Error == Errno.EISDIR ? Remove(directory, name) : OkWhenMissing(removed);
    }

    private static SysResult OkWhenMissing(SysResult result) => result.Error == Errno.ENOENT ? SysResult.Ok : result;
}
