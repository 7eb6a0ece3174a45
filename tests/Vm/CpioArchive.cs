using System.Text;

namespace Shimd.Tests.Vm;

/// <summary>An initramfs in the making: the kernel's "newc" cpio (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal sealed class CpioArchive : IDisposable
{
    private const int DirectoryMode = 0x41ED; // S_IFDIR 0755
    private const int FileMode = 0x81A4; // S_IFREG 0644
    private const int ExecutableMode = 0x81ED; // S_IFREG 0755
    private const int Alignment = 4;

    private readonly FileStream _stream;
    private readonly HashSet<string> _directories = [""];
    private int _inode;

    public CpioArchive(string path) => _stream = File.Create(path);

    /// <summary>Adds a directory and those above it.</summary>
    public void AddDirectory(string path)
    {
        string name = path.TrimStart('/');
        if (_directories.Add(name))
        {
            AddDirectory(Path.GetDirectoryName(name) ?? "");
            Write(name, DirectoryMode, []);
        }
    }

    /// <summary>Adds a file, and the directories above it.</summary>
    public void Add(string path, ReadOnlySpan<byte> content, bool executable = false)
    {
        string name = path.TrimStart('/');
        AddDirectory(Path.GetDirectoryName(name) ?? "");
        Write(name, executable ? ExecutableMode : FileMode, content);
    }

    /// <summary>Ends the archive, and closes the file.</summary>
    public void Dispose()
    {
        Write("TRAILER!!!", 0, []);
        _stream.Dispose();
    }

    private void Write(string name, int mode, ReadOnlySpan<byte> content)
    {
        int[] fields = [++_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, Encoding.UTF8.GetByteCount(name) + 1, 0];
        _stream.Write(Encoding.UTF8.GetBytes($"070701{string.Concat(fields.Select(field => field.ToString("X8")))}{name}\0"));
        Pad();
        _stream.Write(content);
        Pad();
    }

    private void Pad() => _stream.Write(new byte[(Alignment - (int)(_stream.Position % Alignment)) % Alignment]);
}
