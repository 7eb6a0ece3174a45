using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class CgroupTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Parse_Version2_HasOneDirectory()
    {
        Cgroup cgroup = Parse(
            "0::/system.slice/web\n", "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");

        Assert.Equal(2, cgroup.Version);
        Assert.Equal("/sys/fs/cgroup/system.slice/web", cgroup.DirectoryOf("memory"));
        Assert.Equal("/sys/fs/cgroup/system.slice/web", cgroup.DirectoryOf("pids"));
    }

    [Fact]
    public void Parse_Version1_HasADirectoryOfEachController()
    {
        Cgroup cgroup = Parse(
            "3:memory:/a\n2:cpu,cpuacct:/b\n1:name=systemd:/c\n",
            """
            31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct
            33 23 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
            """);

        Assert.Equal(1, cgroup.Version);
        Assert.Equal("/sys/fs/cgroup/memory/a", cgroup.DirectoryOf("memory"));
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/b", cgroup.DirectoryOf("cpu"));
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/b", cgroup.DirectoryOf("cpuacct"));
        Assert.Null(cgroup.DirectoryOf("pids"));
    }

    [Fact]
    public void Parse_Hybrid_IsVersion1()
    {
        Cgroup cgroup = Parse(
            "2:memory:/a\n0::/a\n",
            "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n32 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");

        Assert.Equal(1, cgroup.Version);
        Assert.Equal("/sys/fs/cgroup/memory/a", cgroup.DirectoryOf("memory"));
    }

    [Theory]
    [InlineData("0::/a\n", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n", "/cg/a/cgroup.procs")]
    [InlineData("0::/\n", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n", "/cg/cgroup.procs")]
    [InlineData("0::/a/b\n", "31 23 0:27 /a /cg rw - cgroup2 cgroup2 rw\n", "/cg/b/cgroup.procs")]
    [InlineData("3:name=systemd:/a\n2:cpu,cpuacct:/b\n0::/c\n", "32 23 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n", "/cg/cpu/b/cgroup.procs")]
    [InlineData("0::/a\n", "31 23 0:27 / /proc rw - proc proc rw\n", null)]
    [InlineData("0::/a\n", "31 23 0:27 /a /cg rw - cgroup2 cgroup2 rw\n", "/cg/cgroup.procs")]
    [InlineData("0::/\n", "31 23 0:27 /a /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/ab\n", "31 23 0:27 /a /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/\n", "31 23 0:27 /.. /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/a\n", "31 23 0:27 /../.. /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/../b\n", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/\n", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n32 31 0:27 /a /elsewhere rw - cgroup2 cgroup2 rw\n", "/cg/cgroup.procs")]
    [InlineData("0::/\n", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n32 31 0:27 /a /cg rw - cgroup2 cgroup2 rw\n", null)]
    [InlineData("0::/\n", "31 23 0:27 / /sys/fs/cg rw - cgroup2 cgroup2 rw\n32 23 0:30 / /sys/fs rw - tmpfs tmpfs rw\n", null)]
    [InlineData("0::/\n", "31 23 0:27 / /sys/fs/cg rw - cgroup2 cgroup2 rw\n32 23 0:30 / /sys/fs/c rw - tmpfs tmpfs rw\n", "/sys/fs/cg/cgroup.procs")]
    [InlineData("", "31 23 0:27 / /cg rw - cgroup2 cgroup2 rw\n", null)]
    public void MembersFile_OfTheFirstGroupThatIsMounted(string membership, string mounts, string? file)
        => Assert.Equal(file, Cgroup.MembersFile(membership, new CgroupMounts(mounts)));

    [Theory]
    [InlineData("/outer", "/outer/inner", "/sys/fs/cgroup/inner")]
    [InlineData("/outer", "/outer", "/sys/fs/cgroup")]
    [InlineData("/", "/outer", "/sys/fs/cgroup/outer")]
    public void Parse_MountedFromBelowItsTop_IsRelativeToThat(string root, string membership, string directory)
        => Assert.Equal(directory, Cgroup.Parse($"0::{membership}\n", $"31 23 0:27 {root} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")?.DirectoryOf("memory"));

    [Theory]
    [InlineData("0::/\n")]
    [InlineData("")]
    [InlineData("5:unmounted:/a\n")]
    public void Parse_RootOrNothingMounted_Null(string membership)
        => Assert.Null(Cgroup.Parse(membership, "31 23 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\nno mount\n"));

    [Fact]
    public void Read_Files_AreNumbersPairsOrNull()
    {
        _directory.Write("group/memory.current", "4096\n");
        _directory.Write("group/memory.max", "max\n");
        _directory.Write("group/memory.events", "low 0\nhigh 3\noom_kill 2\nbroken\n");
        Cgroup cgroup = At("group");

        Assert.Equal(4096, cgroup.ReadNumber("memory", "memory.current"));
        Assert.Null(cgroup.ReadNumber("memory", "memory.max"));
        Assert.Null(cgroup.ReadNumber("memory", "none"));
        Assert.Null(cgroup.ReadText("memory", "none"));
        Assert.Equal(new Dictionary<string, long> { ["low"] = 0, ["high"] = 3, ["oom_kill"] = 2 }, cgroup.ReadPairs("memory", "memory.events"));
        Assert.Empty(cgroup.ReadPairs("memory", "none"));
        Assert.Equal(2, cgroup.OomKills());
    }

    [Fact]
    public void OomKills_NotCounted_Null()
    {
        _directory.MakeDirectory("group");

        Assert.Null(At("group").OomKills());
    }

    [Fact]
    public void Pids_GroupsBelow_AreAllInOrder()
    {
        _directory.Write("group/cgroup.procs", "30\n10\n");
        _directory.Write("group/below/cgroup.procs", "20\n");
        _directory.Write("group/below/deeper/cgroup.procs", "5\n30\n");
        _directory.Write("other/cgroup.procs", "99\n");

        Assert.Equal([5, 10, 20, 30], At("group").Pids());
    }

    [Fact]
    public void Pids_GroupHasGone_IsEmpty() => Assert.Empty(At("none").Pids());

    [Fact]
    public void Of_NoSuchProcess_Null() => Assert.Null(Cgroup.Of(int.MaxValue));

    private static Cgroup Parse(string membership, string mounts)
    {
        Cgroup? cgroup = Cgroup.Parse(membership, mounts);
        Assert.NotNull(cgroup);
        return cgroup;
    }

    private Cgroup At(string group)
        => Parse($"0::/{group}\n", $"31 23 0:27 / {_directory.Path} rw - cgroup2 cgroup2 rw\n");
}
