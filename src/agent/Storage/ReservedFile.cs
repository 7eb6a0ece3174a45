using Shimd.Native;

namespace Shimd.Storage;

/// <summary>
/// Room on the disk for a file that must be written later, come what may: its blocks are taken now, so that a full disk
/// then is no obstacle.
/// </summary>
internal sealed class ReservedFile : IDisposable
{
    private const int ReservedBytes = 4096;
    private readonly string _path;
    private readonly string _temporary;
    private readonly Fd _fd;
    private bool _named;

    private ReservedFile(string path, Fd fd)
    {
        _path = path;
        _temporary = path + ".new";
        _fd = fd;
    }

    /// <summary>Takes the room. Errors: ENOSPC, EDQUOT, EROFS.</summary>
    public static SysResult<ReservedFile> Create(string path)
    {
        SysResult<Fd> created = NativeFile.Create(path + ".new");
        if (!created.IsOk)
        {
            return SysResult<ReservedFile>.Fail(created.Error);
        }

        SysResult written = created.Value!.WriteAll(new byte[ReservedBytes]);
        if (written.IsOk)
        {
            return SysResult<ReservedFile>.Of(new ReservedFile(path, created.Value!));
        }

        created.Value!.Dispose();
        _ = NativeFile.Unlink(path + ".new");
        return SysResult<ReservedFile>.Fail(written.Error);
    }

    /// <summary>For <see cref="Adopt"/> in another image of this process.</summary>
    public Fd Fd => _fd;

    /// <summary>Whether the file system is memory, where nothing needs to be synced.</summary>
    public bool IsInMemory => NativeFile.IsInMemory(_named ? _path : _temporary);

    /// <summary>Goes on with what another image of this process has made.</summary>
    public static ReservedFile Adopt(string path, Fd fd, bool named) => new(path, fd) { _named = named };

    /// <summary>Fills the room and gives it its name: whole or not at all, and on the disk unless that is memory. May be tried
    /// again after an error. Errors: EIO; ENOSPC only on file systems that copy on write.</summary>
    public SysResult Commit(ReadOnlySpan<byte> content)
    {
        SysResult result = NativeFile.Overwrite(_fd, content);
        bool durable = !IsInMemory;
        if (result.IsOk && durable)
        {
            result = NativeFile.Sync(_fd);
        }

        if (result.IsOk && !_named)
        {
            result = NativeFile.Rename(_temporary, _path);
            _named = result.IsOk;
        }

        string directory = Path.GetDirectoryName(_path) is { Length: > 0 } named ? named : ".";
        return result.IsOk && durable ? NativeFile.SyncDirectory(directory) : result;
    }

    public void Dispose() => _fd.Dispose();
}
