using System.Globalization;
using Shimd.Native;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

[Collection(Sequential.Name)]
public sealed class ProcessIdentityTests
{
    [Fact]
    public void BootId_Asked_IsTheKernels()
    {
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), ProcessIdentity.BootId());
        Assert.True(Guid.TryParse(ProcessIdentity.BootId(), out _));
    }

    [Fact]
    public void StartTicks_OurOwn_AreThoseOfProc()
    {
        // Our own name has no blank, so that splitting is enough here. proc(5), stat: field 22.
        string[] fields = File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ');

        Assert.Equal(ulong.Parse(fields[19], CultureInfo.InvariantCulture), ProcessIdentity.StartTicks(Environment.ProcessId));
    }

    [Fact]
    public void StartTicks_NoSuchProcess_Null() => Assert.Null(ProcessIdentity.StartTicks(int.MaxValue));

    [Fact]
    public void StartTicks_NameOfParenthesesAndBlanks_IsNotMisled()
    {
        using var directory = new TempDirectory();
        string program = directory[") S 1 (x) 2"];
        Child.Run("/bin/cp", "/bin/cat", program);
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Pipe stdout = Pipe.Create().OrThrow("pipe2");
        using Child child = Child.Start(new SpawnRequest { Path = program, Arguments = ["cat"], Descriptors = [stdin.Reader, stdout.Writer] });
        ulong own = Assert.NotNull(ProcessIdentity.StartTicks(Environment.ProcessId));

        ulong ticks = Assert.NotNull(ProcessIdentity.StartTicks(child.Pid));

        Assert.Contains(") S 1 (x) 2", File.ReadAllText($"/proc/{child.Pid}/stat"), StringComparison.Ordinal);
        Assert.True(ticks >= own, $"the child began at {ticks}, before us at {own}");
    }

    [Fact]
    public void IsAlive_Recorded_OnlyTheSameProcessOfTheSameBoot()
    {
        using Pipe stdin = Pipe.Create().OrThrow("pipe2");
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child child = Child.StartCat(stdin.Reader, nothing);
        string boot = ProcessIdentity.BootId();
        var running = new RunningRecord
        {
            Pid = child.Pid,
            StartTicks = ProcessIdentity.StartTicks(child.Pid)!.Value,
            BootId = boot,
            ShimPid = 1,
            At = DateTimeOffset.UtcNow,
        };

        Assert.True(ProcessIdentity.IsAlive(running, boot));
        Assert.False(ProcessIdentity.IsAlive(running, "another boot"));
        Assert.False(ProcessIdentity.IsAlive(new RunningRecord { Pid = child.Pid, StartTicks = running.StartTicks + 1, BootId = boot }, boot));

        child.PidFd.Send(Signal.SIGKILL).OrThrow("kill");
        child.WaitForZombie();
        Assert.True(ProcessIdentity.IsAlive(running, boot));

        child.WaitForEnd();
        Assert.False(ProcessIdentity.IsAlive(running, boot));
    }
}
