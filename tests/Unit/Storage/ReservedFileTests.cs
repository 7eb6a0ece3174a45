using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

[Collection(Sequential.Name)]
public sealed class ReservedFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string FilePath => _directory["exit.json"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Create_NotCommitted_HasRoomButNoFile()
    {
        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");

        Assert.False(File.Exists(FilePath));
        Assert.Equal(4096, NativeFile.Status(FilePath + ".new")!.Value.SizeBytes);
    }

    [Fact]
    public void Commit_LessThanTheRoom_IsJustTheContent()
    {
        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");

        Assert.True(reserved.Commit("{}"u8).IsOk);

        Assert.Equal("{}", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Commit_MoreThanTheRoom_IsAllOfIt()
    {
        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");

        Assert.True(reserved.Commit(new byte[10_000]).IsOk);

        Assert.Equal(10_000, NativeFile.Status(FilePath)!.Value.SizeBytes);
    }

    [Fact]
    public void Commit_Failed_CanBeTriedAgain()
    {
        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");
        string obstacle = _directory.MakeDirectory("exit.json");
        Assert.Equal(Errno.EISDIR, reserved.Commit("first"u8).Error);
        Directory.Delete(obstacle);

        Assert.True(reserved.Commit("second"u8).IsOk);

        Assert.Equal("second", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Commit_AlreadyNamed_IsOkAgain()
    {
        // The first attempt may have come as far as the name, and failed only to put that on the disk.
        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");
        reserved.Commit("content"u8).OrThrow("commit");

        Assert.True(reserved.Commit("content"u8).IsOk);

        Assert.Equal("content", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Create_LeftoverOfACrash_IsTakenOver()
    {
        _directory.Write("exit.json.new", new string('x', 10_000));

        using ReservedFile reserved = ReservedFile.Create(FilePath).OrThrow("reserve");
        reserved.Commit("new"u8).OrThrow("commit");

        Assert.Equal("new", File.ReadAllText(FilePath));
    }

    [Fact]
    public void Create_NoDirectory_ENOENT() => Assert.Equal(Errno.ENOENT, ReservedFile.Create(_directory["none/exit.json"]).Error);

    [Fact]
    public void Commit_DiskFullMeanwhile_StillSucceeds()
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip();
        using ReservedFile reserved = ReservedFile.Create(disk["exit.json"]).OrThrow("reserve");
        disk.Fill();
        Assert.Equal(Errno.ENOSPC, AtomicFile.Write(disk["other"], "x"u8, durable: false).Error);

        Assert.True(reserved.Commit("the truth"u8).IsOk);

        Assert.Equal("the truth", File.ReadAllText(disk["exit.json"]));
    }

    [Fact]
    public void Create_DiskFull_ENOSPCAndLeavesNothing()
    {
        using TinyFileSystem disk = TinyFileSystem.MountOrSkip();
        string filler = disk.Fill();

        Assert.Equal(Errno.ENOSPC, ReservedFile.Create(disk["exit.json"]).Error);

        Assert.Equal([filler], Directory.GetFileSystemEntries(disk.Path));
    }
}
