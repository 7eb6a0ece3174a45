using System.Text;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

[Collection(Sequential.Name)]
public sealed class AtomicFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string FilePath => _directory["state.json"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_New_IsThereWithNothingBesideIt(bool durable)
    {
        Assert.True(AtomicFile.Write(FilePath, "content"u8, durable).IsOk);

        Assert.Equal("content", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory.Path));
        Assert.Equal(0x180, NativeFile.Status(FilePath)!.Value.Mode & 0xFFF);
    }

    [Fact]
    public void Write_WhileItIsRead_TheReaderKeepsTheOldContent()
    {
        AtomicFile.Write(FilePath, "old content"u8, durable: false).OrThrow("write");
        using Fd reader = NativeFile.OpenRead(FilePath).OrThrow("open");
        var buffer = new byte[64];
        Assert.Equal(11, reader.Read(buffer).Value);

        AtomicFile.Write(FilePath, "new"u8, durable: false).OrThrow("write");

        Assert.Equal("old content", File.ReadAllText(reader.ProcPath));
        Assert.Equal("new", File.ReadAllText(FilePath));
    }

    [Fact]
    public async Task Write_AgainAndAgain_NoReaderEverSeesAPart()
    {
        string[] contents = ["short", new('l', 100_000)];
        AtomicFile.Write(FilePath, Encoding.ASCII.GetBytes(contents[0]), durable: false).OrThrow("write");
        using var stop = new CancellationTokenSource();
        Task<string[]> reader = Task.Run(() => ReadUntil(FilePath, contents, stop.Token));

        for (int i = 0; i < 300; i++)
        {
            AtomicFile.Write(FilePath, Encoding.ASCII.GetBytes(contents[i % 2]), durable: false).OrThrow("write");
        }

        await stop.CancelAsync();
        Assert.Empty(await reader);
    }

    [Fact]
    public void Write_LeftoverOfACrash_IsOverwritten()
    {
        _directory.Write("state.json.new", "a longer leftover of another attempt");
        _directory.Write("state.json", "old");

        Assert.True(AtomicFile.Write(FilePath, "new"u8, durable: true).IsOk);

        Assert.Equal("new", File.ReadAllText(FilePath));
        Assert.False(File.Exists(FilePath + ".new"));
    }

    [Fact]
    public void Write_CannotBeDone_LeavesTheOldContent()
    {
        _directory.Write("state.json", "old");
        _directory.MakeDirectory("state.json.new");

        Assert.Equal(Errno.EISDIR, AtomicFile.Write(FilePath, "new"u8, durable: true).Error);

        Assert.Equal("old", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Write_CannotBeRenamed_LeavesNothingBesideIt()
    {
        _directory.MakeDirectory("state.json");

        Assert.Equal(Errno.EISDIR, AtomicFile.Write(FilePath, "new"u8, durable: true).Error);

        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Write_NoDirectory_ENOENT()
        => Assert.Equal(Errno.ENOENT, AtomicFile.Write(_directory["none/state.json"], "new"u8, durable: true).Error);

    [Fact]
    public void Write_BareName_IsInTheWorkingDirectory()
    {
        // As the shim does, whose working directory is the state directory.
        string before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(_directory.Path);
        try
        {
            Assert.True(AtomicFile.Write("state.json", "content"u8, durable: true).IsOk);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        Assert.Equal("content", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Write_NoSpace_ENOSPCAndTheOldContentIsThere()
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip();
        string path = disk["state.json"];
        AtomicFile.Write(path, "old"u8, durable: false).OrThrow("write");

        Assert.Equal(Errno.ENOSPC, AtomicFile.Write(path, new byte[100 * 1024], durable: false).Error);

        Assert.Equal("old", File.ReadAllText(path));
        Assert.False(File.Exists(path + ".new"));
        Assert.True(AtomicFile.Write(path, "new"u8, durable: false).IsOk);
    }

    private static string[] ReadUntil(string path, string[] contents, CancellationToken stop)
    {
        var others = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            SysResult<byte[]> read = NativeFile.ReadAll(path);
            string text = read.IsOk ? Encoding.ASCII.GetString(read.Value!) : read.Error.Describe();
            if (!contents.Contains(text))
            {
                others.Add($"{text.Length} characters: {text[..Math.Min(text.Length, 100)]}");
            }
        }

        return [.. others];
    }
}
