using System.Runtime.InteropServices;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class NativeStringsTests
{
    public static TheoryData<string[]> Lists => new()
    {
        Array.Empty<string>(),
        new[] { "" },
        new[] { "one" },
        new[] { "one", "", "größe", "漢字", "🙂" },
        new[] { "x", new string('é', 10_000), "y" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public unsafe void Pointer_List_IsEachInUtf8ThenNull(string[] list)
    {
        using var native = new NativeStrings(list);

        for (int i = 0; i < list.Length; i++)
        {
            Assert.Equal(list[i], Marshal.PtrToStringUTF8((nint)native.Pointer[i]));
        }

        Assert.True(native.Pointer[list.Length] is null);
    }

    [Fact]
    public unsafe void Pointer_LoneSurrogate_IsTheReplacementCharacter()
    {
        using var native = new NativeStrings(["a\ud800b", "c"]);

        Assert.Equal("a\ufffdb", Marshal.PtrToStringUTF8((nint)native.Pointer[0]));
        Assert.Equal("c", Marshal.PtrToStringUTF8((nint)native.Pointer[1]));
    }
}
