using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>
/// A tmpfs of a few KiB, mounted in the mount namespace of a child that does nothing else, and reached through it: nobody else
/// sees it, and it goes with the child. Needs root.
/// </summary>
internal sealed class TinyFileSystem : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Pipe _stdin = Pipe.Create().OrThrow("pipe2");
    private readonly Child _child;

    private TinyFileSystem(int sizeKiB)
    {
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        string words = $"mount -t tmpfs -o size={sizeKiB}k tmpfs '{_directory.Path}' && echo mounted && exec cat";
        _child = Child.Start(new SpawnRequest
        {
            Path = "/usr/bin/unshare",
            Arguments = ["unshare", "--mount", "--propagation", "private", "sh", "-c", words],
            Descriptors = [_stdin.Reader, output.Writer, nothing],
        });
        output.Writer.Dispose();
        IsMounted = Child.ReadLine(output.Reader) == "mounted";
    }

    public string Path => $"/proc/{_child.Pid}/root{_directory.Path}";

    public string this[string name] => System.IO.Path.Combine(Path, name);

    private bool IsMounted { get; }

    /// <summary>Skips the test where this is not to be had.</summary>
    public static TinyFileSystem MountOrSkip(int sizeKiB = 64)
    {
        Assert.SkipUnless(NativeFile.EffectiveUid() == 0 && File.Exists("/usr/bin/unshare"), "mounting a file system that can be filled needs root and unshare");
        var made = new TinyFileSystem(sizeKiB);
        if (!made.IsMounted)
        {
            made.Dispose();
            Assert.Skip("this machine does not let even root mount a tmpfs");
        }

        return made;
    }

    /// <summary>Takes all the room there is; deleting the file gives it back.</summary>
    public string Fill()
    {
        string filler = this["filler"];
        using Fd fd = NativeFile.OpenAppend(filler).OrThrow("open");
        while (fd.Write(new byte[4096]).IsOk)
        {
        }

        return filler;
    }

    public void Dispose()
    {
        _child.Dispose();
        _stdin.Dispose();
        _directory.Dispose();
    }
}
