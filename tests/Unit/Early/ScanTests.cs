using System.Text;
using Shimd.Early;
using Xunit;

namespace Shimd.Tests.Unit.Early;

/// <summary>scanf(3) with the formats that the .NET runtime and libc have, and the lines of /proc that they read with them.</summary>
public sealed unsafe class ScanTests
{
    [Theory]
    [InlineData("0-3\n", 2, 0, 3)]
    [InlineData("0\n", 1, 0, -77)]
    [InlineData(" 12-+7", 2, 12, 7)]
    [InlineData("-1-2", 2, -1, 2)]
    [InlineData("x", 0, -77, -77)]
    [InlineData("", -1, -77, -77)]
    [InlineData("\n", -1, -77, -77)]
    public void Read_RangeOfProcessors_IsRead(string text, int count, int first, int last)
    {
        int a = -77;
        int b = -77;
        Assert.Equal(count, Read(text, "%d-%d", &a, &b));
        Assert.Equal((first, last), (a, b));
    }

    [Fact]
    public void Read_MapOfTheStack_IsRead()
    {
        ulong from;
        ulong to;
        Assert.Equal(2, Read("7ffd2a1e8000-FFFFFFFFFFFFFFFF rw-p 00000000 00:00 0 [stack]", "%lx-%lx", &from, &to));
        Assert.Equal((0x7ffd2a1e8000UL, ulong.MaxValue), (from, to));
    }

    [Fact]
    public void Read_AvailableMemory_IsReadWithItsUnit()
    {
        ulong amount = 0;
        byte unit = 0;
        Assert.Equal(2, Read("MemAvailable:   16283828 kB\n", "MemAvailable: %lu %cB", &amount, &unit));
        Assert.Equal((16283828UL, (byte)'k'), (amount, unit));
        Assert.Equal(0, Read("MemFree:   16283828 kB\n", "MemAvailable: %lu %cB", &amount, &unit));
    }

    [Theory]
    [InlineData("4:memory:/user.slice/a b\n", 2, "memory", "/user.slice/a")]
    [InlineData("12:cpu,cpuacct:/\n", 2, "cpu,cpuacct", "/")]
    [InlineData("0::/init.scope\n", 0, "", "")]
    public void Read_ControlGroups_AreRead(string text, int count, string controllers, string path)
    {
        byte* a = stackalloc byte[64];
        byte* b = stackalloc byte[64];
        a[0] = b[0] = 0;
        Assert.Equal(count, Read(text, "%*[^:]:%[^:]:%s", a, b));
        Assert.Equal((controllers, path), (TextAt(a), TextAt(b)));
    }

    [Fact]
    public void Read_OneControlGroup_IsRead()
    {
        byte* path = stackalloc byte[64];
        Assert.Equal(1, Read("0::/init.scope\n", "0::%s", path, null));
        Assert.Equal("/init.scope", TextAt(path));
    }

    [Fact]
    public void Read_MountsOfControlGroups_AreRead()
    {
        byte* a = stackalloc byte[64];
        byte* b = stackalloc byte[64];
        Assert.Equal(2, Read("33 24 0:29 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory\n", "%*s %*s %*s %s %s ", a, b));
        Assert.Equal(("/", "/sys/fs/cgroup/memory"), (TextAt(a), TextAt(b)));
        Assert.Equal(2, Read(" - cgroup cgroup rw,memory\n", " - %s %*s %s", a, b));
        Assert.Equal(("cgroup", "rw,memory"), (TextAt(a), TextAt(b)));
    }

    [Theory]
    [InlineData("123456", "%3d%d", 2, 123, 456)]
    [InlineData("5%6", "%d%%%d", 2, 5, 6)]
    [InlineData("ff", "%x", 1, 255, 0)]
    [InlineData("1 2", "%d %q", 1, 1, 0)]
    public void Read_WidthsAndSigns_AreAsInScanf(string text, string format, int count, int first, int second)
    {
        int a = 0;
        int b = 0;
        Assert.Equal(count, Read(text, format, &a, &b));
        Assert.Equal((first, second), (a, b));
    }

    private static int Read(string text, string format, void* a, void* b)
    {
        void** to = stackalloc void*[6];
        to[0] = a;
        to[1] = b;
        fixed (byte* input = Encoding.ASCII.GetBytes(text + "\0"))
        fixed (byte* wanted = Encoding.ASCII.GetBytes(format + "\0"))
        {
            return Scan.Read(input, wanted, to);
        }
    }

    private static string TextAt(byte* text) => Encoding.ASCII.GetString(text, new ReadOnlySpan<byte>(text, 64).IndexOf((byte)0));
}
