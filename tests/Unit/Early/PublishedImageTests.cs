using System.Runtime.InteropServices;
using Shimd.Early;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Unit.Early;

/// <summary>Where a client looks: as GlobalOptions has it, where the command line is right.</summary>
public sealed class PublishedImageTests
{
    [Theory]
    [InlineData("/a", "ps", "--root", "/a")]
    [InlineData("/a", "ps", "--root=/a")]
    [InlineData("/a", "--root", "/a", "ps")]
    [InlineData("/a", "exec", "--root", "/a", "id", "--", "sh", "--root", "/b")]
    [InlineData("", "ps", "--root=")]
    [InlineData(null, "ps", "--root")]
    [InlineData(null, "ps", "--rootless", "/a")]
    [InlineData(null, "exec", "id", "--", "sh", "--root", "/a")]
    [InlineData(null, "ps")]
    public unsafe void Root_Arguments_IsTheOptions(string? expected, params string[] arguments)
    {
        using var native = new NativeStrings(["shimd", .. arguments]);

        Assert.Equal(expected, Marshal.PtrToStringUTF8((nint)PublishedImage.Root(arguments.Length + 1, native.Pointer)));
    }
}
