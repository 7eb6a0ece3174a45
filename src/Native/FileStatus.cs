namespace Shimd.Native;

/// <summary>What statx(2) says of a file, as far as we ask.</summary>
/// <param name="Uid">Its owner.</param>
/// <param name="Mode">Its type and permissions.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Inode">Its number in the file system.</param>
/// <param name="Device">The file system.</param>
/// <param name="ChangedAt">Its ctime, in nanoseconds since 1970.</param>
internal readonly record struct FileStatus(uint Uid, ushort Mode, long SizeBytes, ulong Inode, ulong Device, long ChangedAt)
{
    private const ushort TypeMask = 0xF000;

    public bool IsDirectory => (Mode & TypeMask) == 0x4000;

    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    public bool IsCharacterDevice => (Mode & TypeMask) == 0x2000;

    public bool IsFifo => (Mode & TypeMask) == 0x1000;

    public bool IsSocket => (Mode & TypeMask) == 0xC000;

    public bool IsExecutable => (Mode & 0x49) != 0;
}
