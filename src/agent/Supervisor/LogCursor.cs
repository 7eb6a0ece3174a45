using System.Globalization;

namespace Shimd.Supervisor;

/// <summary>A place in a log: the file by its number and, since somebody else may have moved it, its inode; and the byte in it.</summary>
internal readonly struct LogCursor(long number, ulong inode, long offset)
{
    public long Number { get; } = number;

    public ulong Inode { get; } = inode;

    public long Offset { get; } = offset;

    /// <summary>Opaque to clients.</summary>
    public string Text => string.Join(
        '.',
        Number.ToString(CultureInfo.InvariantCulture),
        Inode.ToString(CultureInfo.InvariantCulture),
        Offset.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null when it is no cursor of ours.</summary>
    public static LogCursor? Parse(string text)
    {
        string[] parts = text.Split('.');
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            ? new LogCursor(number, inode, offset)
            : null;
    }
}
