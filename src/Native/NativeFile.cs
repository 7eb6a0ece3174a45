using System.Runtime.CompilerServices;

namespace Shimd.Native;

/// <summary>Files and directories, with the errno that System.IO hides.</summary>
internal static unsafe class NativeFile
{
    public const uint OwnerReadWrite = 0x180; // 0600
    public const uint OwnerAll = 0x1C0; // 0700

    /// <summary>Few files of ours, or of /proc, have more.</summary>
    private const int UsualFileBytes = 4096;

    private const long TmpfsMagic = 0x01021994;
    private const long RamfsMagic = 0x858458f6;
    private const nint OpenAt2 = 437;
    private const ulong ResolveInRoot = 0x10;
    private const int MaxTries = 100;

    /// <summary>linux/memfd.h: MFD_NOEXEC_SEAL, newer than the libc of Debian 12.</summary>
    private const uint NoExecSeal = 8;

    /// <summary>MFD_ALLOW_SEALING, and MFD_EXEC of Linux 6.3.</summary>
    private const uint AllowSealing = 2;
    private const uint Executable = 0x10;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;

    /// <summary>F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.</summary>
    private const int AllSeals = 0xF;

    private const nuint CopyBytes = 1 << 30;

    /// <summary>open(2) for reading. Errors: ENOENT, EACCES, EMFILE.</summary>
    public static SysResult<Fd> OpenRead(string path) => Fd.From(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0));

    /// <summary>open(2) for writing what is there. Errors: ENOENT, EACCES, EROFS, EMFILE.</summary>
    public static SysResult<Fd> OpenWrite(string path) => Fd.From(Libc.open(path, Libc.O_WRONLY | Libc.O_CLOEXEC, 0));

    /// <summary>open(2) for writing an empty file, created with mode 0600. Errors: ENOSPC, EROFS, EACCES.</summary>
    public static SysResult<Fd> Create(string path)
        => Fd.From(Libc.open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC | Libc.O_CLOEXEC, OwnerReadWrite));

    /// <summary>open(2) for appending, created when missing, never a controlling terminal.</summary>
    public static SysResult<Fd> OpenAppend(string path, uint mode = OwnerReadWrite)
        => Fd.From(Libc.open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_CLOEXEC | Libc.O_NOCTTY, mode));

    /// <summary>open(2) for writing over what is there, created with mode 0600 when missing.</summary>
    public static SysResult<Fd> OpenUpdate(string path)
        => Fd.From(Libc.open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_CLOEXEC, OwnerReadWrite));

    /// <summary>open(2) O_PATH of a directory: a reference that keeps it reachable. Errors: ENOENT, ENOTDIR.</summary>
    public static SysResult<Fd> OpenDirectory(string path)
        => Fd.From(Libc.open(path, Libc.O_PATH | Abi.OpenDirectory | Libc.O_CLOEXEC, 0));

    /// <summary>open(2) of /dev/null, both ways.</summary>
    public static SysResult<Fd> OpenNull() => Fd.From(Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0));

    /// <summary>open(2) of the same file once more, non-blocking, with the access it has: a new open file description, which shares no
    /// flags with the other. Errors: ENXIO (a socket), EACCES.</summary>
    public static SysResult<Fd> Reopen(Fd fd)
    {
        SysResult flags = SysResult.From(Libc.fcntl(fd, Libc.F_GETFL, 0));
        const int AccessAndAppend = Libc.O_RDONLY | Libc.O_WRONLY | Libc.O_RDWR | Libc.O_APPEND;
        return flags.IsOk
            ? Fd.From(Libc.open(fd.ProcPath, ((int)flags.Value & AccessAndAppend) | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY, 0))
            : SysResult<Fd>.Fail(flags.Error);
    }

    /// <summary>memfd_create(2): a file without a name, in memory, not to be executed; before Linux 6.3 without that. Errors: ENOMEM, EMFILE.</summary>
    public static SysResult<Fd> CreateInMemory(string name)
    {
        SysResult<Fd> sealedOne = Fd.From(Libc.memfd_create(name, Libc.MFD_CLOEXEC | NoExecSeal));
        return sealedOne.Error == Errno.EINVAL ? Fd.From(Libc.memfd_create(name, Libc.MFD_CLOEXEC)) : sealedOne;
    }

    /// <summary>memfd_create(2), sendfile(2), F_SEAL_*: a copy in memory that can be executed and that nobody can change. Errors: ENOMEM, EMFILE,
    /// EACCES (sysctl vm.memfd_noexec), EIO.</summary>
    public static SysResult<Fd> CopySealed(string name, Fd from)
    {
        SysResult<Fd> created = Fd.From(Libc.memfd_create(name, Libc.MFD_CLOEXEC | AllowSealing | Executable));
        if (created.Error == Errno.EINVAL)
        {
            created = Fd.From(Libc.memfd_create(name, Libc.MFD_CLOEXEC | AllowSealing));
        }

        SysResult done = created.IsOk ? Copy(from, created.Value!) : SysResult.Fail(created.Error);
        done = done.IsOk ? SysResult.From(Libc.fcntl(created.Value!, AddSeals, AllSeals)) : done;
        if (!done.IsOk)
        {
            created.Value?.Dispose();
            return SysResult<Fd>.Fail(done.Error);
        }

        return created;
    }

    /// <summary>sendfile(2): all that is in a file, whatever its offset. Errors: ENOSPC, EIO.</summary>
    public static SysResult Copy(Fd from, Fd to)
    {
        long offset = 0;
        SysResult sent;
        do
        {
            sent = SysResult.From(Libc.sendfile(to, from, &offset, CopyBytes));
        }
        while (sent.Value > 0);
        return sent;
    }

    /// <summary>Whether it is a file as of <see cref="CopySealed"/>.</summary>
    public static bool IsSealed(Fd fd) => Libc.fcntl(fd, GetSeals, 0) is >= 0 and var seals && (seals & AllSeals) == AllSeals;

    /// <summary>openat2(2) O_PATH with RESOLVE_IN_ROOT: what a path means to a process whose root is <paramref name="root"/>, symbolic
    /// links included. Errors: ENOENT, ENOTDIR, ELOOP, ENOSYS (before Linux 5.6); EAGAIN where somebody mounts or renames all the time.</summary>
    public static SysResult<Fd> OpenInRoot(Fd root, string path)
    {
        var how = new Libc.OpenHow { Flags = Libc.O_PATH | Libc.O_CLOEXEC, Resolve = ResolveInRoot };
        using var native = new NativeStrings([path]);
        SysResult<Fd> opened;
        int tries = 0;
        do
        {
            // Any mount and any rename on the machine makes it uncertain where ".." has led.
            opened = Fd.From((int)Libc.syscall(OpenAt2, root.Number, native.Pointer[0], &how, (nuint)sizeof(Libc.OpenHow)));
        }
        while (opened.Error == Errno.EAGAIN && ++tries < MaxTries);
        return opened;
    }

    /// <summary>The whole file. Errors: ENOENT, EACCES, EIO; EFBIG above <paramref name="limitBytes"/>.</summary>
    [SkipLocalsInit]
    public static SysResult<byte[]> ReadAll(string path, int limitBytes = 16 * 1024 * 1024)
    {
        SysResult<Fd> opened = OpenRead(path);
        if (!opened.IsOk)
        {
            return SysResult<byte[]>.Fail(opened.Error);
        }

        using Fd fd = opened.Value!;
        Span<byte> content = stackalloc byte[UsualFileBytes];
        int length = 0;
        while (true)
        {
            SysResult read = fd.Read(content[length..]);
            if (!read.IsOk)
            {
                return SysResult<byte[]>.Fail(read.Error);
            }

            if (read.Value == 0)
            {
                return SysResult<byte[]>.Of(content[..length].ToArray());
            }

            length += (int)read.Value;
            if (length > limitBytes)
            {
                return SysResult<byte[]>.Fail(Errno.EFBIG);
            }

            if (length == content.Length)
            {
                Span<byte> larger = new byte[content.Length * 2];
                content.CopyTo(larger);
                content = larger;
            }
        }
    }

    /// <summary>pread(2), EINTR retried: reads at an offset, and leaves the file's own where it is. 0 is the end. Errors: EIO, ESPIPE.</summary>
    public static SysResult ReadAt(Fd fd, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            SysResult result;
            do
            {
                result = SysResult.From(Libc.pread(fd, start, (nuint)buffer.Length, offset));
            }
            while (result.Error == Errno.EINTR);
            return result;
        }
    }

    /// <summary>pwrite(2) from the start, then ftruncate(2): the file holds just this. Errors: EIO, ENOSPC.</summary>
    public static SysResult Overwrite(Fd fd, ReadOnlySpan<byte> content)
    {
        long offset = 0;
        while (offset < content.Length)
        {
            fixed (byte* start = content[(int)offset..])
            {
                SysResult written = SysResult.From(Libc.pwrite(fd, start, (nuint)(content.Length - offset), offset));
                if (!written.IsOk && written.Error != Errno.EINTR)
                {
                    return written;
                }

                offset += Math.Max(written.Value, 0);
            }
        }

        return Truncate(fd, offset);
    }

    /// <summary>ftruncate(2): cuts the file to that size in bytes. Errors: EINVAL, EIO.</summary>
    public static SysResult Truncate(Fd fd, long sizeBytes) => SysResult.From(Libc.ftruncate(fd, sizeBytes));

    /// <summary>fsync(2): the file, or a directory's entries, are on the disk. Errors: EIO, ENOSPC.</summary>
    public static SysResult Sync(Fd fd) => SysResult.From(Libc.fsync(fd));

    /// <summary>fsync(2) of a directory: what was created, renamed or removed in it is on the disk.</summary>
    public static SysResult SyncDirectory(string path)
    {
        SysResult<Fd> opened = Fd.From(Libc.open(path, Libc.O_RDONLY | Abi.OpenDirectory | Libc.O_CLOEXEC, 0));
        if (!opened.IsOk)
        {
            return SysResult.Fail(opened.Error);
        }

        using Fd directory = opened.Value!;
        return Sync(directory);
    }

    /// <summary>rename(2): atomic within a file system. Errors: ENOENT, EXDEV, ENOSPC.</summary>
    public static SysResult Rename(string from, string to) => SysResult.From(Libc.rename(from, to));

    /// <summary>unlink(2). Errors: ENOENT, EISDIR, EACCES.</summary>
    public static SysResult Unlink(string path) => SysResult.From(Libc.unlink(path));

    /// <summary>mkdir(2), mode 0700. Errors: EEXIST, ENOENT, EACCES, ENOSPC, EROFS.</summary>
    public static SysResult MakeDirectory(string path) => SysResult.From(Libc.mkdir(path, OwnerAll));

    /// <summary>chown(2). Errors: EPERM, ENOENT.</summary>
    public static SysResult ChangeOwner(string path, uint uid, uint gid) => SysResult.From(Libc.chown(path, uid, gid));

    /// <summary>chmod(2). Errors: EPERM, ENOENT, EROFS.</summary>
    public static SysResult ChangeMode(string path, uint mode) => SysResult.From(Libc.chmod(path, mode));

    /// <summary>fchown(2). Errors: EPERM.</summary>
    public static SysResult ChangeOwner(Fd fd, uint uid, uint gid) => SysResult.From(Libc.fchown(fd, uid, gid));

    /// <summary>umask(2): sets it and returns the one before. Affects the whole process.</summary>
    public static uint SetUmask(uint mask) => Libc.umask(mask);

    /// <summary>geteuid(2).</summary>
    public static uint EffectiveUid() => Libc.geteuid();

    /// <summary>statx(2), symbolic links followed. Null when there is no such file or it cannot be looked at.</summary>
    public static FileStatus? Status(string path) => Status(Libc.AT_FDCWD, path, 0);

    /// <summary>statx(2) of the link itself.</summary>
    public static FileStatus? StatusNoFollow(string path) => Status(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW);

    /// <summary>statx(2) AT_EMPTY_PATH of an open file.</summary>
    public static FileStatus? Status(Fd fd) => Status(fd.Number, "", Libc.AT_EMPTY_PATH);

    /// <summary>statfs(2): true when the file system lives in memory (tmpfs, ramfs), where fsync has nothing to do.</summary>
    public static bool IsInMemory(string path) => FileSystemType(path) is TmpfsMagic or RamfsMagic;

    private static long FileSystemType(string path)
    {
        Libc.StatFs result;
        return Libc.statfs(path, &result) == 0 ? result.Type & 0xFFFFFFFF : 0;
    }

    private static FileStatus? Status(int directory, string path, int flags)
    {
        Libc.StatX result;
        return Libc.statx(directory, path, flags, Libc.STATX_BASIC_STATS, &result) == 0
            ? new FileStatus(
                result.Uid,
                result.Mode,
                (long)result.Size,
                result.Inode,
                ((ulong)result.DeviceMajor << 32) | result.DeviceMinor,
                (result.ChangeSeconds * 1_000_000_000) + result.ChangeNanoseconds)
            : null;
    }
}
