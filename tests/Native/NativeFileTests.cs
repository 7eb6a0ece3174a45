using System.Globalization;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class NativeFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void ReadAll_AnySize_IsTheContent(int sizeBytes)
    {
        var content = new byte[sizeBytes];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(_directory["file"], content);

        Assert.Equal(content, NativeFile.ReadAll(_directory["file"]).OrThrow("read"));
    }

    [Fact]
    public void ReadAll_Limit_EFBIGAboveIt()
    {
        _directory.Write("file", "12345");

        Assert.Equal(5, NativeFile.ReadAll(_directory["file"], limitBytes: 5).OrThrow("read").Length);
        Assert.Equal(Errno.EFBIG, NativeFile.ReadAll(_directory["file"], limitBytes: 4).Error);
    }

    [Fact]
    public void ReadAll_NotReadable_SaysWhy()
    {
        Assert.Equal(Errno.ENOENT, NativeFile.ReadAll(_directory["none"]).Error);
        Assert.Equal(Errno.EISDIR, NativeFile.ReadAll(_directory.Path).Error);
        Assert.Equal(Errno.ENOTDIR, NativeFile.ReadAll(_directory.Write("file", "") + "/x").Error);
    }

    [Fact]
    public void ReadAll_FileOfUnknownSize_IsReadToItsEnd()
        => Assert.Equal(File.ReadAllBytes("/proc/self/mounts"), NativeFile.ReadAll("/proc/self/mounts").OrThrow("read"));

    [Fact]
    public void Create_Exists_IsEmptied()
    {
        string path = _directory.Write("file", "old");

        NativeFile.Create(path).OrThrow("open").Dispose();

        Assert.Equal("", File.ReadAllText(path));
    }

    [Fact]
    public void Create_New_IsTheOwnersOnly()
    {
        using Fd fd = NativeFile.Create(_directory["file"]).OrThrow("open");

        Assert.Equal(0x180, NativeFile.Status(fd)!.Value.Mode & 0xFFF);
        Assert.True(FdTests.IsCloseOnExec(fd));
    }

    [Fact]
    public void OpenAppend_Exists_IsAddedTo()
    {
        string path = _directory.Write("file", "old ");
        using Fd fd = NativeFile.OpenAppend(path).OrThrow("open");

        fd.WriteAll("new"u8);

        Assert.Equal("old new", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("longer than what was there before")]
    public void Overwrite_OldContent_HoldsJustTheNew(string content)
    {
        using Fd fd = NativeFile.Create(_directory["file"]).OrThrow("open");
        fd.WriteAll("old content"u8);

        Assert.True(NativeFile.Overwrite(fd, System.Text.Encoding.UTF8.GetBytes(content)).IsOk);

        Assert.Equal(content, File.ReadAllText(_directory["file"]));
    }

    [Fact]
    public void Truncate_Longer_IsCut()
    {
        using Fd fd = NativeFile.Create(_directory["file"]).OrThrow("open");
        fd.WriteAll("12345"u8);

        Assert.True(NativeFile.Truncate(fd, 2).IsOk);

        Assert.Equal("12", File.ReadAllText(_directory["file"]));
    }

    [Fact]
    public void Sync_FileAndDirectory_Ok()
    {
        using Fd fd = NativeFile.Create(_directory["file"]).OrThrow("open");

        Assert.True(NativeFile.Sync(fd).IsOk);
        Assert.True(NativeFile.SyncDirectory(_directory.Path).IsOk);
        Assert.Equal(Errno.ENOTDIR, NativeFile.SyncDirectory(_directory["file"]).Error);
        Assert.Equal(Errno.ENOENT, NativeFile.SyncDirectory(_directory["none"]).Error);
    }

    [Fact]
    public void Rename_Exists_ReplacesIt()
    {
        _directory.Write("from", "new");
        _directory.Write("to", "old");

        Assert.True(NativeFile.Rename(_directory["from"], _directory["to"]).IsOk);

        Assert.Equal("new", File.ReadAllText(_directory["to"]));
        Assert.False(File.Exists(_directory["from"]));
        Assert.Equal(Errno.ENOENT, NativeFile.Rename(_directory["from"], _directory["to"]).Error);
    }

    [Fact]
    public void Unlink_File_IsGone()
    {
        string path = _directory.Write("file", "");

        Assert.True(NativeFile.Unlink(path).IsOk);

        Assert.Equal(Errno.ENOENT, NativeFile.Unlink(path).Error);
        Assert.Equal(Errno.EISDIR, NativeFile.Unlink(_directory.Path).Error);
    }

    [Fact]
    public void MakeDirectory_New_IsTheOwnersOnly()
    {
        Assert.True(NativeFile.MakeDirectory(_directory["new"]).IsOk);

        FileStatus status = Assert.NotNull(NativeFile.Status(_directory["new"]));
        Assert.True(status.IsDirectory);
        Assert.Equal(0x1C0, status.Mode & 0xFFF);
        Assert.Equal(Errno.EEXIST, NativeFile.MakeDirectory(_directory["new"]).Error);
        Assert.Equal(Errno.ENOENT, NativeFile.MakeDirectory(_directory["none/new"]).Error);
    }

    [Fact]
    public void ChangeOwner_ByPathAndDescriptor_Changes()
    {
        Assert.SkipUnless(NativeFile.EffectiveUid() == 0, "only root may give files away");
        using Fd fd = NativeFile.Create(_directory["file"]).OrThrow("open");

        Assert.True(NativeFile.ChangeOwner(_directory["file"], 1234, 5678).IsOk);
        Assert.Equal(1234U, NativeFile.Status(fd)!.Value.Uid);

        Assert.True(NativeFile.ChangeOwner(fd, 4321, 8765).IsOk);
        Assert.Equal("4321 8765\n", Child.Run("/usr/bin/stat", "-c", "%u %g", _directory["file"]).Output);
    }

    [Fact]
    public void SetUmask_Set_ReturnsTheOneBefore()
    {
        uint before = NativeFile.SetUmask(0x38);

        Assert.Equal(0x38U, NativeFile.SetUmask(before));
    }

    [Fact]
    public void EffectiveUid_IsThatOfProc()
    {
        // proc(5), status: real, effective, saved, file system.
        string uids = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal));

        Assert.Equal(uids.Split('\t')[2], NativeFile.EffectiveUid().ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Status_Kinds_AreToldApart()
    {
        Fifo.Create(_directory["fifo"]).OrThrow("mkfifo");
        using Fd directory = NativeFile.OpenDirectory(_directory.Path).OrThrow("open");
        using Fd listener = UnixSocket.ListenIn(directory, "socket", 1).OrThrow("listen");

        Assert.Equal((false, true, false, false, false), Kind(_directory.Write("file", "")));
        Assert.Equal((false, true, false, false, true), Kind(_directory.WriteExecutable("program", "")));
        Assert.Equal((false, false, true, false, false), Kind(_directory["fifo"]));
        Assert.Equal((true, false, false, false, true), Kind(_directory.Path));
        Assert.True(Kind(_directory["socket"]).IsSocket);
        Assert.Null(NativeFile.Status(_directory["none"]));
    }

    [Fact]
    public void Status_Link_IsFollowedOrNot()
    {
        string target = _directory.Write("target", "12345");
        File.CreateSymbolicLink(_directory["link"], target);
        File.CreateSymbolicLink(_directory["dangling"], _directory["none"]);

        Assert.Equal(NativeFile.Status(target), NativeFile.Status(_directory["link"]));
        Assert.Equal(5, NativeFile.Status(target)!.Value.SizeBytes);
        Assert.NotEqual(NativeFile.Status(target)!.Value.Inode, NativeFile.StatusNoFollow(_directory["link"])!.Value.Inode);
        Assert.Null(NativeFile.Status(_directory["dangling"]));
        Assert.NotNull(NativeFile.StatusNoFollow(_directory["dangling"]));
    }

    [Fact]
    public void Status_Descriptor_IsThatOfTheFile()
    {
        string path = _directory.Write("file", "content");
        using Fd fd = NativeFile.OpenRead(path).OrThrow("open");

        Assert.Equal(NativeFile.Status(path), NativeFile.Status(fd));
    }

    [Theory]
    [InlineData("etc/name")]
    [InlineData("/etc/name")]
    [InlineData("../../../../../etc/name")]
    [InlineData("absolute")]
    [InlineData("climbing")]
    [InlineData("through/name")]
    public void OpenInRoot_AnyWay_StaysInTheRoot(string path)
    {
        _directory.Write("etc/name", "outside");
        _directory.Write("root/etc/name", "inside");
        File.CreateSymbolicLink(_directory["root/absolute"], "/etc/name");
        File.CreateSymbolicLink(_directory["root/climbing"], "../../etc/name");
        File.CreateSymbolicLink(_directory["root/through"], "/etc");
        using Fd root = NativeFile.OpenDirectory(_directory["root"]).OrThrow("open");

        using Fd found = NativeFile.OpenInRoot(root, path).OrThrow("openat2");

        Assert.Equal("inside", File.ReadAllText(found.ProcPath));
    }

    [Fact]
    public void OpenInRoot_NotThere_SaysWhy()
    {
        _directory.Write("file", "");
        File.CreateSymbolicLink(_directory["loop"], "loop");
        using Fd root = NativeFile.OpenDirectory(_directory.Path).OrThrow("open");

        Assert.Equal(Errno.ENOENT, NativeFile.OpenInRoot(root, "none").Error);
        Assert.Equal(Errno.ENOTDIR, NativeFile.OpenInRoot(root, "file/x").Error);
        Assert.Equal(Errno.ELOOP, NativeFile.OpenInRoot(root, "loop").Error);
    }

    [Fact]
    public void OpenDirectory_File_ENOTDIR()
        => Assert.Equal(Errno.ENOTDIR, NativeFile.OpenDirectory(_directory.Write("file", "")).Error);

    [Fact]
    public void OpenNull_ReadAndWritten_EndsAndSwallows()
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");

        Assert.Equal(SysResult.Ok, nothing.Read(new byte[1]));
        Assert.Equal(3, nothing.Write("abc"u8).Value);
    }

    [Fact]
    public void IsInMemory_Mounts_OnlyTmpfs()
    {
        string? tmpfs = FirstMountOf("tmpfs");
        Assert.SkipWhen(tmpfs is null, "no tmpfs is mounted");

        Assert.True(NativeFile.IsInMemory(tmpfs));
        Assert.False(NativeFile.IsInMemory("/proc"));
        Assert.False(NativeFile.IsInMemory(_directory["none"]));
    }

    private static (bool IsDirectory, bool IsRegular, bool IsFifo, bool IsSocket, bool IsExecutable) Kind(string path)
    {
        FileStatus status = Assert.NotNull(NativeFile.Status(path));
        return (status.IsDirectory, status.IsRegular, status.IsFifo, status.IsSocket, status.IsExecutable);
    }

    private static string? FirstMountOf(string type) => File.ReadLines("/proc/self/mounts")
        .Select(line => line.Split(' '))
        .Where(fields => fields[2] == type && Directory.Exists(fields[1]))
        .Select(fields => fields[1])
        .FirstOrDefault();
}
