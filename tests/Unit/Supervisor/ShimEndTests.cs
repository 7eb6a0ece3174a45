using Shimd.Native;
using Shimd.Storage;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

[Collection(Sequential.Name)]
public sealed class ShimEndTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private ProcessDirectory Process => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void HasEnded_LockHeld_False()
    {
        using FileLock held = FileLock.TryTake(Process.Lock).OrThrow("flock");

        Assert.False(ShimEnd.HasEnded(Process));
    }

    [Fact]
    public void HasEnded_LockFree_True()
    {
        FileLock.TryTake(Process.Lock).OrThrow("flock").Dispose();

        Assert.True(ShimEnd.HasEnded(Process));
    }

    [Fact]
    public void HasEnded_Asked_DoesNotKeepTheLock()
    {
        Assert.True(ShimEnd.HasEnded(Process));

        FileLock.TryTake(Process.Lock).OrThrow("flock").Dispose();
    }

    [Fact]
    public void HasEnded_NoDirectory_True() => Assert.True(ShimEnd.HasEnded(new ProcessDirectory(_directory["none"])));

    [Fact]
    public void HasEnded_LockCannotBeOpened_IsNotTakenForItsEnd()
    {
        // Stands for EMFILE and ENFILE: our own trouble says nothing of the shim, and who is taken for dead gets killed.
        _directory.MakeDirectory("lock");

        Assert.False(ShimEnd.HasEnded(Process));
    }
}
