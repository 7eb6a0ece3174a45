using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class ProcessControlTests : IDisposable
{
    private readonly Pipe _stdin = Pipe.Create().OrThrow("pipe2");
    private readonly Fd _null = NativeFile.OpenNull().OrThrow("open");

    public void Dispose()
    {
        _stdin.Dispose();
        _null.Dispose();
    }

    [Fact]
    public void TryReap_Runs_OkAndNoStatus()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);

        Assert.True(ProcessControl.TryReap(child.Pid, out WaitStatus? status).IsOk);
        Assert.Null(status);
    }

    [Fact]
    public void TryReap_Twice_ECHILD()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForEnd();

        Assert.Equal(Errno.ECHILD, ProcessControl.TryReap(child.Pid, out WaitStatus? status).Error);
        Assert.Null(status);
    }

    [Fact]
    public void TryReap_NotOurs_ECHILD() => Assert.Equal(Errno.ECHILD, ProcessControl.TryReap(1, out _).Error);

    [Fact]
    public void TryReap_Aborted_GivesTheSignal()
    {
        using var directory = new TempDirectory();
        using Child child = Child.Start(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "ulimit -c 0; kill -ABRT $$"],
            Descriptors = [],
            WorkingDirectory = directory.Path,
        });

        WaitStatus status = child.WaitForEnd();

        Assert.Equal(6, status.Signal);
        Assert.Equal(134, status.Code);
    }

    [Fact]
    public void IsChild_RunningAndZombie_TrueUntilReaped()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        Assert.True(ProcessControl.IsChild(child.Pid));

        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForZombie();
        Assert.True(ProcessControl.IsChild(child.Pid));

        child.WaitForEnd();
        Assert.False(ProcessControl.IsChild(child.Pid));
    }

    [Fact]
    public void PeekAny_Zombie_NamesItAndLeavesIt()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        Assert.True(ProcessControl.PeekAny(out int none).IsOk);
        Assert.Equal(0, none);
        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForZombie();

        Assert.True(ProcessControl.PeekAny(out int pid).IsOk);
        Assert.Equal(child.Pid, pid);
        Assert.Equal(Signal.SIGKILL, child.WaitForEnd().Signal);
    }

    [Fact]
    public void PutAheadOfItsChildren_Child_IsOfRealTime_AndItsChildrenAreNot()
    {
        Machine.RequireRealTime();
        const int Policy = 41 - 1; // proc(5), /proc/PID/stat, counted from 1
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Child child = Child.Start(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "read -r word; cat /proc/$$/stat; cat /proc/self/stat; :"],
            Descriptors = [_stdin.Reader, output.Writer, _null],
        });
        output.Writer.Dispose();

        ProcessControl.PutAheadOfItsChildren(child.Pid).OrThrow("sched_setscheduler");
        _stdin.Writer.WriteAll("go\n"u8).OrThrow("write");

        Assert.Equal("1", Child.ReadLine(output.Reader).Split(' ')[Policy]);
        Assert.Equal("0", Child.ReadLine(output.Reader).Split(' ')[Policy]);
        Assert.Equal(0, child.WaitForEnd().Code);
    }

    [Fact]
    public void Kill_Process_EndsIt()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);

        Assert.True(ProcessControl.Kill(child.Pid, Signal.SIGINT).IsOk);

        Assert.Equal(new WaitStatus(0, Signal.SIGINT, false), child.WaitForEnd());
    }

    [Fact]
    public void Kill_Group_EndsAllOfIt()
    {
        using Pipe output = Pipe.Create().OrThrow("pipe2");
        using Child child = Child.Start(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "cat <&3 & echo started; cat <&3; wait"],
            Descriptors = [_null, output.Writer, _null, _stdin.Reader],
            NewProcessGroup = true,
        });
        output.Writer.Dispose();
        Assert.Equal("started", Child.ReadLine(output.Reader));

        Assert.True(ProcessControl.Kill(-child.Pid, Signal.SIGKILL).IsOk);

        // The end of the pipe is the end of all who had it.
        Assert.Equal("", Child.ReadToEnd(output.Reader));
        Assert.Equal(Signal.SIGKILL, child.WaitForEnd().Signal);
    }

    [Fact]
    public void Kill_Reaped_ESRCH()
    {
        using Child child = Child.StartCat(_stdin.Reader, _null);
        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForEnd();

        Assert.Equal(Errno.ESRCH, ProcessControl.Kill(child.Pid, 0).Error);
    }

    [Fact]
    public void Execute_NoSuchProgram_ENOENT()
        => Assert.Equal(Errno.ENOENT, ProcessControl.Execute("/nonexistent/program", ["program"], []).Error);

    [Fact]
    public void SetName_LongerThanTheKernelKeeps_IsCut()
    {
        string before = File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n');
        try
        {
            ProcessControl.SetName("shimd-1234567890");

            Assert.Equal("shimd-123456789", File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n'));
        }
        finally
        {
            ProcessControl.SetName(before);
        }
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(42, 0, 42)]
    [InlineData(0, 9, 137)]
    [InlineData(0, 15, 143)]
    public void Code_Status_CountsAsShellsDo(int exitCode, int signal, int code)
        => Assert.Equal(code, new WaitStatus(exitCode, signal, false).Code);
}
