using Shimd.Native;

namespace Shimd.Storage;

/// <summary>Whole files or none: a reader sees the old content or the new one, never a part, whenever we are killed.</summary>
internal static class AtomicFile
{
    private const string TemporarySuffix = ".new";

    /// <summary>Writes beside the file, then renames. With <paramref name="durable"/> it is on the disk on return, not only in
    /// memory. Errors: ENOSPC, EDQUOT, EROFS, EIO, ENOENT (no directory): the old
    /// content is then still there, or (when only the directory could not be synced) the new one is, but perhaps not after a power cut.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it is to hold.</param>
    /// <param name="durable">Whether it is to outlive a power cut.</param>
    /// <param name="syncName">False: its name is not, until the caller has synced the directory.</param>
    public static SysResult Write(string path, ReadOnlySpan<byte> content, bool durable, bool syncName = true)
    {
        string temporary = path + TemporarySuffix;
        SysResult<Fd> created = NativeFile.Create(temporary);
        if (!created.IsOk)
        {
            return SysResult.Fail(created.Error);
        }

        SysResult result;
        using (Fd fd = created.Value!)
        {
            result = fd.WriteAll(content);
            if (result.IsOk && durable)
            {
                result = NativeFile.Sync(fd);
            }
        }

        if (result.IsOk)
        {
            result = NativeFile.Rename(temporary, path);
        }

        if (!result.IsOk)
        {
            _ = NativeFile.Unlink(temporary);
            return result;
        }

        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return durable && syncName ? NativeFile.SyncDirectory(directory) : result;
    }
}
