using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Server;

/// <summary>
/// What this agent's start has unpacked, where clients find it (ADR 0012). Only in a root that is in memory: after a power cut a file on a disk may have its name and its size, and not what
/// was written to it. Where there is none, clients unpack for themselves, so nothing that fails here is worth a word.
/// </summary>
internal sealed class ImageFile : IDisposable
{
    private readonly string _path;

    private ImageFile(string path) => _path = path;

    public static ImageFile Publish(StateLayout layout)
    {
        using var memory = new Fd(EarlyLibc.ImageDescriptor, owned: false);
        var file = new ImageFile(layout.Image);
        if (!NativeFile.IsSealed(memory) || !NativeFile.IsInMemory(layout.Root) || !file.Write(memory))
        {
            // That of another agent, which was killed.
            file.Dispose();
        }

        return file;
    }

    public void Dispose() => _ = NativeFile.Unlink(_path);

    /// <summary>Whole when it gets its name, and never written to again: clients have it mapped.</summary>
    private bool Write(Fd memory)
    {
        string unfinished = _path + ".new";
        SysResult<Fd> created = NativeFile.Create(unfinished);
        if (!created.IsOk)
        {
            return false;
        }

        using Fd fd = created.Value!;
        if (NativeFile.Copy(memory, fd).IsOk && NativeFile.Rename(unfinished, _path).IsOk)
        {
            return true;
        }

        _ = NativeFile.Unlink(unfinished);
        return false;
    }
}
