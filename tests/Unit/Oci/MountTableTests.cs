using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class MountTableTests
{
    [Fact]
    public void Cgroups_AMountHasCome_AreReadAnew()
    {
        using var table = new MountTable();
        CgroupMounts? before = table.Cgroups;

        using TinyFileSystem mounted = TinyFileSystem.MountOrSkip();

        Assert.NotNull(before);
        Assert.NotSame(before, table.Cgroups);
    }
}
