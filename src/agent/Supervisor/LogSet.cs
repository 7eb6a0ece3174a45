using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>An open file of a log. Its name may change while it is read, but not what it is.</summary>
internal sealed class OpenLogFile(Fd fd, long number, ulong inode) : IDisposable
{
    public Fd Fd { get; } = fd;

    public long Number { get; } = number;

    public ulong Inode { get; } = inode;

    public long SizeBytes => NativeFile.Status(Fd)?.SizeBytes ?? 0;

    public void Dispose() => Fd.Dispose();
}

/// <summary>The files of a log, which its shim rotates while they are looked at: see <see cref="LogFiles"/>. Where somebody else rotates
/// it, only the current one is the log: what the others are called, and what is done to them, is not ours to know.</summary>
internal sealed class LogSet(string path, bool isRotated)
{
    /// <summary>A rotation may fall between two looks; so many in a row do not.</summary>
    private const int Tries = 8;

    /// <summary>The number of the oldest file, and of the current one.</summary>
    public (long Oldest, long Current) Numbers()
    {
        (long oldest, long newest) = isRotated ? LogFiles.Numbers(path) : (0, 0);
        return (oldest == 0 ? newest + 1 : oldest, newest + 1);
    }

    /// <summary>Opens the file of that number, full or current. Null when there is none, perhaps not yet.</summary>
    public OpenLogFile? Open(long number)
    {
        for (int i = 0; i < Tries; i++)
        {
            OpenLogFile? full = isRotated ? OpenAs(LogFiles.Full(path, number), number) : null;
            if (full is not null)
            {
                return full;
            }

            // The number of the current file is known only while it does not become another one.
            OpenLogFile? current = OpenAs(path, number);
            if (current is null)
            {
                return null;
            }

            if (Numbers().Current == number && IsCurrent(current.Inode))
            {
                return current;
            }

            current.Dispose();
        }

        return null;
    }

    /// <summary>Opens the file that the cursor means, whatever its name has become. Null when it is gone.</summary>
    public OpenLogFile? Find(LogCursor cursor)
    {
        (long oldest, long current) = Numbers();
        if (OpenIf(cursor.Number, cursor) is { } likely)
        {
            return likely;
        }

        for (long number = current; number >= oldest; number--)
        {
            if (OpenIf(number, cursor) is { } file)
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Where the log ends now; null when there is none.</summary>
    public LogCursor? End()
    {
        long current = Numbers().Current;
        using OpenLogFile? file = Open(current) ?? Open(current - 1);
        return file is null ? null : new LogCursor(file.Number, file.Inode, file.SizeBytes);
    }

    /// <summary>Whether nothing more is written to it: it was moved away, by its shim or by somebody else, and the shim has written to
    /// another one since.</summary>
    public bool IsFinal(OpenLogFile file)
        => !IsCurrent(file.Inode) && (NativeFile.Status(path) is { SizeBytes: > 0 } || Numbers().Current > file.Number + 1);

    /// <summary>The file that comes after a final one; null when it is not there yet.</summary>
    public OpenLogFile? After(OpenLogFile file, out bool isGap)
    {
        (long oldest, long current) = Numbers();
        long next = isRotated && HasNumber(file) ? file.Number + 1 : current;
        isGap = next < oldest;
        return Open(Math.Max(next, oldest));
    }

    /// <summary>Whether the log's own name means this file.</summary>
    public bool IsCurrent(ulong inode) => NativeFile.Status(path)?.Inode == inode;

    /// <summary>Whether the full file of that number is, or was, this one.</summary>
    private bool HasNumber(OpenLogFile file)
        => NativeFile.Status(LogFiles.Full(path, file.Number)) is { } full ? full.Inode == file.Inode : Numbers().Oldest > file.Number;

    private OpenLogFile? OpenIf(long number, LogCursor cursor)
    {
        OpenLogFile? file = Open(number);
        if (file?.Inode == cursor.Inode && cursor.Offset <= file.SizeBytes)
        {
            return file;
        }

        file?.Dispose();
        return null;
    }

    private static OpenLogFile? OpenAs(string name, long number)
    {
        Fd? fd = NativeFile.OpenRead(name).Value;
        if (fd is null)
        {
            return null;
        }

        if (NativeFile.Status(fd) is { IsRegular: true } status)
        {
            return new OpenLogFile(fd, number, status.Inode);
        }

        fd.Dispose();
        return null;
    }
}
