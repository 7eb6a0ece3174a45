using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class FileLockTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LockPath => _directory["lock"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TryTake_Held_EAGAIN()
    {
        using FileLock held = FileLock.TryTake(LockPath).OrThrow("flock");

        Assert.Equal(Errno.EAGAIN, FileLock.TryTake(LockPath).Error);
    }

    [Fact]
    public void TryTake_Released_Taken()
    {
        FileLock.TryTake(LockPath).OrThrow("flock").Dispose();

        using FileLock again = FileLock.TryTake(LockPath).OrThrow("flock");
        Assert.Equal(0x180, NativeFile.Status(LockPath)!.Value.Mode & 0xFFF);
    }

    [Fact]
    public void TryTake_NoDirectory_ENOENT() => Assert.Equal(Errno.ENOENT, FileLock.TryTake(_directory["none/lock"]).Error);

    [Fact]
    public void TryTake_InheritedByAChild_EAGAINUntilItsDeath()
    {
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        FileLock taken = FileLock.TryTake(LockPath).OrThrow("flock");
        using Child child = Child.StartCat(stdin.Reader, nothing, taken.Fd);
        taken.Dispose();
        Assert.Equal(Errno.EAGAIN, FileLock.TryTake(LockPath).Error);

        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForZombie();

        // Also before anybody has reaped it.
        using FileLock again = FileLock.TryTake(LockPath).OrThrow("flock");
        Assert.Equal(Signal.SIGKILL, child.WaitForEnd().Signal);
    }

    [Fact]
    public void TryTake_NotInherited_GoneThoughTheChildLives()
    {
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        FileLock taken = FileLock.TryTake(LockPath).OrThrow("flock");
        using Child child = Child.StartCat(stdin.Reader, nothing);
        taken.Dispose();

        using FileLock again = FileLock.TryTake(LockPath).OrThrow("flock");
        Assert.Equal(EpollEvents.None, Ready.Now(child.PidFd.Fd));
    }
}
