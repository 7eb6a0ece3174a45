namespace Shimd.Tests.Fixtures;

/// <summary>A directory of one test's own, gone with it.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("shimd-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public string WriteExecutable(string name, string content)
    {
        string path = Write(name, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public string MakeDirectory(string name) => Directory.CreateDirectory(this[name]).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
