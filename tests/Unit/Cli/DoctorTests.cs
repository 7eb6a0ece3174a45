using Shimd.Cli;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class DoctorTests
{
    private const string Version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
    private const string Version1 = "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n32 23 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
    private const string Hybrid = Version1 + "33 23 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    [Theory]
    [InlineData("4.19.0-26-amd64\n", Finding.Fail)]
    [InlineData("5.2.21", Finding.Fail)]
    [InlineData("5.3.0", Finding.Good)]
    [InlineData("6.15-rc1+", Finding.Good)]
    [InlineData("", Finding.Warning)]
    public void Kernel_Release_Grade(string release, string grade) => Assert.Equal(grade, DoctorChecks.Kernel(release).Grade);

    [Theory]
    [InlineData("", "", Finding.Fail)]
    [InlineData(Version2, "cpu memory pids\n", Finding.Good)]
    [InlineData(Version2, "\n", Finding.Warning)]
    [InlineData(Version1, "", Finding.Good)]
    [InlineData(Hybrid, "", Finding.Warning)]
    public void Cgroups_Mounts_Grade(string mounts, string controllers, string grade)
        => Assert.Equal(grade, DoctorChecks.Cgroups("1 0 8:1 / / rw - ext4 /dev/sda rw\n" + mounts, controllers).Grade);

    [Fact]
    public void Cgroups_Hybrid_SaysWhatToUnmount()
        => Assert.Contains("umount /sys/fs/cgroup/unified ", DoctorChecks.Cgroups(Hybrid, "").Advice!, StringComparison.Ordinal);

    [Fact]
    public void Of_ProgramThatSaysNothing_Null()
    {
        Assert.Null(ProgramVersion.Of("/bin/true/not"));
        Assert.NotEmpty(ProgramVersion.Of("/bin/sh") ?? "a shell need not have --version");
    }
}
