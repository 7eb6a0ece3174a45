using Shimd.Native;
using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class MountTableTests
{
    [Fact]
    public void Cgroups_AMountHasCome_AreReadAnew()
    {
        Assert.SkipUnless(NativeFile.EffectiveUid() == 0, "mounting needs root");
        using var directory = new TempDirectory();
        using var table = new MountTable();
        CgroupMounts? before = table.Cgroups;

        ChildEnd mounted = Child.Run("/bin/mount", "-t", "tmpfs", "tmpfs", directory.Path);
        Assert.SkipUnless(mounted.Status.Code == 0, $"this machine does not let even root mount a tmpfs: {mounted.Errors}");
        CgroupMounts? after = table.Cgroups;
        Assert.Equal(0, Child.Run("/bin/umount", directory.Path).Status.Code);

        Assert.NotNull(before);
        Assert.NotSame(before, after);
    }
}
