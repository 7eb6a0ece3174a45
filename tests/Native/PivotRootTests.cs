using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class PivotRootTests
{
    [Theory]
    [InlineData("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n", true)]
    [InlineData("1 1 0:2 / / rw - rootfs rootfs rw\n22 1 8:1 / / rw - ext4 /dev/sda1 rw\n", true)]
    [InlineData("1 1 0:2 / / rw - rootfs none rw\n22 1 0:21 / /proc rw - proc proc rw\n", false)]
    [InlineData("23 22 0:21 / /proc rw - proc proc rw\n", false)]
    [InlineData("", false)]
    public void IsPossible_MountInfo_OnlyARootMountedOnSomething(string mountInfo, bool isPossible)
        => Assert.Equal(isPossible, PivotRoot.IsPossible(mountInfo));
}
