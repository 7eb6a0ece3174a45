using Shimd.Loop;
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

    /// <summary>Its lock may be free before, and says nothing then.</summary>
    [Fact]
    public void Wait_ChildOfOurs_UntilItIsReaped() => OnLoop.Run(async loop =>
    {
        var reaped = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);

        Task waiting = ShimEnd.WaitAsync(loop, Held(new ChildShim(int.MaxValue, () => reaped.Task)), deadline: null);

        await OnLoop.TurnAsync();
        Assert.False(waiting.IsCompleted);
        reaped.SetResult(WaitStatus.Of(0));
        await waiting;
    });

    /// <summary>Also where it has not come to its lock.</summary>
    [Fact]
    public void Wait_ChildOfOursThatHangs_IsKilledAtTheDeadline() => OnLoop.Run(async loop =>
    {
        using Pipe input = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using var hung = Child.StartCat(input.Reader, nothing);
        var reaped = new TaskCompletionSource<WaitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = loop.Watch("hung", hung.PidFd.Fd, EpollEvents.In, _ => reaped.TrySetResult(hung.WaitForEnd()));

        await ShimEnd.WaitAsync(loop, Held(new ChildShim(hung.Pid, () => reaped.Task)), TimeSpan.Zero);

        Assert.Equal(Signal.SIGKILL, hung.WaitForEnd().Signal);
    });

    private SupervisedProcess Held(ChildShim shim) => new(Process, new ProcessRecord()) { Shim = shim };
}
