using System.Text;

namespace Shimd.Native;

/// <summary>pivot_root(2): whether a runtime can do without <c>--no-pivot</c> here.</summary>
internal static class PivotRoot
{
    /// <summary>False where this process's root is an initramfs, or no mount at all (after a chroot).</summary>
    public static bool IsPossible()
    {
        SysResult<byte[]> mounts = NativeFile.ReadAll("/proc/self/mountinfo");
        return !mounts.IsOk || IsPossible(Encoding.UTF8.GetString(mounts.Value!));
    }

    /// <summary>EINVAL: the root must be a mount, and mounted on something. From the text of /proc/self/mountinfo (proc(5)),
    /// where a mount without a parent is its own.</summary>
    internal static bool IsPossible(string mountInfo)
    {
        bool possible = false;
        foreach (string line in mountInfo.Split('\n'))
        {
            // The last one counts: it hides what was mounted there before.
            string[] fields = line.Split(' ');
            possible = fields is [_, _, _, _, "/", ..] ? fields[0] != fields[1] : possible;
        }

        return possible;
    }
}
