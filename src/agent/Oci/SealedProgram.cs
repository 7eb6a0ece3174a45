using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>
/// crun lets no container write to the host's program through /proc/PID/exe: each call copies the program into memory, seals the copy, and
/// begins again from there, a fourth of its work. From a sealed copy it goes on at once. So there is one, for all calls; it is made anew when
/// the program has changed.
/// </summary>
internal sealed class SealedProgram
{
    /// <summary>The one that copies all of itself, each time, and is small: runc does so for its init alone, and has 9 MB.</summary>
    private const string Name = "crun";
    private const long MaxBytes = 4 * 1024 * 1024;
    private static readonly byte[] s_elf = [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    private string _path = "";
    private FileStatus? _original;
    private Fd? _copy;

    /// <summary>The copy to execute instead of the runtime's program; borrowed, until the next call. Null where there is none: execute the program itself.</summary>
    public Fd? Of(RuntimeRecord runtime)
    {
        if (runtime.Name != Name)
        {
            return null;
        }

        FileStatus? now = NativeFile.Status(runtime.Path);
        if (runtime.Path != _path || now != _original)
        {
            _copy?.Dispose();
            _copy = null;
            _path = runtime.Path;
            _original = Copy(runtime.Path) ? now : null;
        }

        return _copy;
    }

    /// <returns>False where it is worth another try: our own trouble, such as EMFILE.</returns>
    private bool Copy(string path)
    {
        SysResult<Fd> opened = NativeFile.OpenRead(path);
        using Fd? program = opened.Value;
        if (program is null || !IsToBeCopied(program))
        {
            return opened.IsOk;
        }

        SysResult<Fd> copied = NativeFile.CopySealed(Name, program);
        _copy = copied.Value;
        return copied.IsOk || copied.Error == Errno.EACCES;
    }

    /// <summary>A script's copy would look for what lies beside it in the wrong place; and SELinux gives a program its domain by its file.</summary>
    private static bool IsToBeCopied(Fd program)
    {
        Span<byte> start = stackalloc byte[s_elf.Length];
        return NativeFile.Status(program) is { SizeBytes: <= MaxBytes }
            && NativeFile.ReadAt(program, start, 0).IsOk
            && start.SequenceEqual(s_elf)
            && NativeFile.Status("/sys/fs/selinux/enforce") is null;
    }
}
