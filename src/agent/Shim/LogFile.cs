using Shimd.Logging;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>The current file of a log. Only whole writes come here; where a file ends is the caller's to say.</summary>
internal sealed class LogFile : IDisposable
{
    /// <summary>After a rotation that failed, the file may grow by so much before the next try.</summary>
    private const long RetryBytes = 64 * 1024;

    private readonly LogSettings _settings;
    private Fd _fd;
    private long _number;
    private long _limit;

    /// <param name="settings">Where, and when it is full.</param>
    /// <param name="fd">The current file; taken over.</param>
    /// <param name="isWhole">It ends with a line that we have written. Its name may be another file's by now.</param>
    public LogFile(LogSettings settings, Fd fd, bool isWhole)
    {
        _settings = settings;
        _fd = fd;
        _limit = settings.MaxSize;
        _number = LogFiles.Numbers(settings.Path).Newest + 1;
        Begin(isWhole);
    }

    /// <summary>The current file's descriptor.</summary>
    public int Number => _fd.Number;

    /// <summary>Bytes in the current file.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Opens the current file, or makes it. Errors: ENOSPC, EACCES, ENOENT (no directory), EISDIR.</summary>
    public static SysResult<LogFile> Open(LogSettings settings)
    {
        SysResult<Fd> opened = NativeFile.OpenAppend(settings.Path);
        return opened.IsOk ? SysResult<LogFile>.Of(new LogFile(settings, opened.Value!, isWhole: false)) : SysResult<LogFile>.Fail(opened.Error);
    }

    /// <summary>Whether, once what is gathered for it is written, a line of so many bytes belongs into another file.</summary>
    public bool IsFullFor(long gatheredBytes, long lineBytes)
        => SizeBytes + gatheredBytes > 0 && lineBytes > _limit - SizeBytes - gatheredBytes;

    /// <summary>Bytes that may still be added to the current file; see <see cref="IsFullFor"/> for the first ones.</summary>
    public long RoomBytes => _limit - SizeBytes;

    /// <summary>write(2): may write less than asked. Errors: ENOSPC, EDQUOT, EIO, EFBIG.</summary>
    public SysResult Write(ReadOnlySpan<byte> bytes)
    {
        SysResult written = _fd.Write(bytes);
        SizeBytes += Math.Max(written.Value, 0);
        return written;
    }

    /// <summary>The current file becomes a full one, and a new one current. If that is not possible it goes on growing for a while.</summary>
    public void Rotate()
    {
        // First what is due to go: it may be the room that the new file needs.
        long last = _number - _settings.MaxFiles + 1;
        if (last > 0 && _settings.MaxFiles > 1)
        {
            _ = NativeFile.Unlink(LogFiles.Full(_settings.Path, last));
        }

        string next = LogFiles.Next(_settings.Path);
        SysResult<Fd> created = NativeFile.OpenAppend(next);
        SysResult renamed = SysResult.Fail(created.Error);
        if (created.IsOk)
        {
            renamed = _settings.MaxFiles > 1 ? NativeFile.Rename(_settings.Path, LogFiles.Full(_settings.Path, _number)) : SysResult.Ok;
            renamed = renamed.IsOk ? NativeFile.Rename(next, _settings.Path) : renamed;
        }

        if (!renamed.IsOk)
        {
            ShimLog.Error("rotate the log", renamed.Error.Describe());
            created.Value?.Dispose();
            _limit = SizeBytes + RetryBytes;
            return;
        }

        _fd.Dispose();
        _fd = created.Value!;
        _number++;
        _limit = _settings.MaxSize;
        SizeBytes = 0;
    }

    /// <summary>Opens the file by its name once more: it was moved away. Errors: those of <see cref="Open"/>; the old file is then
    /// still written to.</summary>
    public SysResult Reopen()
    {
        SysResult<Fd> opened = NativeFile.OpenAppend(_settings.Path);
        if (!opened.IsOk)
        {
            return SysResult.Fail(opened.Error);
        }

        _fd.Dispose();
        _fd = opened.Value!;
        _limit = _settings.MaxSize;
        Begin(isWhole: false);
        return SysResult.Ok;
    }

    public void Dispose() => _fd.Dispose();

    /// <summary>A file that is there already may end in the midst of a line.</summary>
    private void Begin(bool isWhole)
    {
        SizeBytes = NativeFile.Status(_fd)?.SizeBytes ?? 0;
        Span<byte> last = stackalloc byte[1];
        using Fd? reader = SizeBytes > 0 && !isWhole ? NativeFile.OpenRead(_settings.Path).Value : null;
        if (reader is not null && NativeFile.ReadAt(reader, last, SizeBytes - 1).IsOk && last[0] != (byte)'\n')
        {
            _ = Write("\n"u8);
        }
    }
}
