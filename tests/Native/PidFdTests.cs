using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class PidFdTests : IDisposable
{
    private readonly Pipe _stdin = Pipe.Create().OrThrow("pipe2");
    private readonly Fd _null = NativeFile.OpenNull().OrThrow("open");

    public void Dispose()
    {
        _stdin.Dispose();
        _null.Dispose();
    }

    [Fact]
    public void Open_Reaped_ESRCH()
    {
        using Child child = StartShell("exit 0");
        child.WaitForEnd();

        Assert.Equal(Errno.ESRCH, PidFd.Open(child.Pid).Error);
    }

    [Fact]
    public void Fd_ProcessRuns_ReadableOnlyAtItsEnd()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        Assert.Equal(EpollEvents.None, Ready.Now(child.PidFd.Fd));

        _stdin.Writer.Dispose();

        Assert.True(Ready.Wait(child.PidFd.Fd).HasFlag(EpollEvents.In));
        Assert.Equal(new WaitStatus(0, 0, false), child.WaitForEnd());
    }

    [Fact]
    public void Send_Signal_Arrives()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);

        Assert.True(child.PidFd.Send(Signal.SIGTERM).IsOk);

        Assert.Equal(new WaitStatus(0, Signal.SIGTERM, false), child.WaitForEnd());
    }

    [Fact]
    public void Send_Zero_OnlyChecks()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);

        Assert.True(child.PidFd.Send(0).IsOk);

        Assert.Equal(EpollEvents.None, Ready.Now(child.PidFd.Fd));
    }

    [Fact]
    public void Send_NoSuchSignal_EINVAL()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);

        Assert.Equal(Errno.EINVAL, child.PidFd.Send(65).Error);
    }

    [Fact]
    public void Send_Reaped_ESRCH()
    {
        using Child child = StartShell("exit 0");
        child.WaitForEnd();

        Assert.Equal(Errno.ESRCH, child.PidFd.Send(Signal.SIGKILL).Error);
    }

    [Fact]
    public void ExitStatus_RunningOrZombie_Null()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        Assert.Null(child.PidFd.ExitStatus());

        _stdin.Writer.Dispose();
        child.WaitForZombie();

        Assert.Null(child.PidFd.ExitStatus());
    }

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 7", 7, 0)]
    [InlineData("exit 255", 255, 0)]
    [InlineData("kill -9 $$", 0, 9)]
    [InlineData("kill -15 $$", 0, 15)]
    public void ExitStatus_ReapedByTheParent_IsWhatItReaped(string words, int code, int signal)
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 15), "only Linux 6.15 and later tell a pidfd's holder how the process ended");
        using Child child = StartShell(words);

        WaitStatus reaped = child.WaitForEnd();

        Assert.Equal(new WaitStatus(code, signal, false), reaped);
        Assert.Equal(reaped, child.PidFd.ExitStatus());
    }

    private static Child StartShell(string words)
        => Child.Start(new SpawnRequest { Path = "/bin/sh", Arguments = ["sh", "-c", words], Descriptors = [] });
}
