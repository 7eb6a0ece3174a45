using Shimd.Native;
using Xunit;

[assembly: AssemblyFixture(typeof(Shimd.Tests.Fixtures.RootFileSystem))]

namespace Shimd.Tests.Fixtures;

/// <summary>The read-only root file system that all bundles share; made when the first test asks for it, gone with the last.</summary>
public sealed class RootFileSystem : IDisposable
{
    private static readonly Lock s_lock = new();
    private static string? s_path;

    /// <summary>Where it is.</summary>
    public static string Path
    {
        get
        {
            lock (s_lock)
            {
                return s_path ??= Make();
            }
        }
    }

    public void Dispose()
    {
        if (s_path is not null)
        {
            Directory.Delete(s_path, recursive: true);
        }
    }

    private static string Make()
    {
        string path = Directory.CreateTempSubdirectory("shimd-test-rootfs-").FullName;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.Copy(Machine.Binary, System.IO.Path.Combine(path, "shimd"));
        File.WriteAllText(path + BundleBuilder.NotExecutable, "no program");
        File.SetUnixFileMode(path + BundleBuilder.NotExecutable, UnixFileMode.UserRead);
        foreach (string mountPoint in (ReadOnlySpan<string>)["proc", "dev"])
        {
            NativeFile.MakeDirectory(System.IO.Path.Combine(path, mountPoint)).OrThrow("mkdir");
        }

        return path;
    }
}
