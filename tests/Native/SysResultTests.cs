using System.Runtime.InteropServices;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class SysResultTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(long.MaxValue)]
    public void From_NotNegative_IsTheValue(long returned)
    {
        SysResult result = SysResult.From(returned);

        Assert.True(result.IsOk);
        Assert.Equal(returned, result.Value);
        Assert.Equal(returned, result.OrThrow("call"));
    }

    [Fact]
    public void From_MinusOne_IsTheLastError()
    {
        Marshal.SetLastPInvokeError(11);

        SysResult result = SysResult.From(-1);

        Assert.False(result.IsOk);
        Assert.True(result.WouldBlock);
        Assert.Equal(Errno.EAGAIN, result.Error);
    }

    [Fact]
    public void FromNumber_Zero_IsOk() => Assert.Equal(SysResult.Ok, SysResult.FromNumber(0));

    [Fact]
    public void FromNumber_Error_IsThatError()
    {
        SysResult result = SysResult.FromNumber(2);

        Assert.False(result.IsOk);
        Assert.Equal(Errno.ENOENT, result.Error);
    }

    [Fact]
    public void OrThrow_Error_NamesTheCallAndTheErrno()
    {
        SysException exception = Assert.Throws<SysException>(() => SysResult.Fail(Errno.ENOENT).OrThrow("open /x"));

        Assert.Equal("open /x: ENOENT (No such file or directory)", exception.Message);
        Assert.Equal("open /x", exception.What);
        Assert.Equal(Errno.ENOENT, exception.Error);
    }

    [Fact]
    public void OrThrow_ObjectOrError_GivesOrThrows()
    {
        Assert.Equal("object", SysResult<string>.Of("object").OrThrow("call"));

        SysException exception = Assert.Throws<SysException>(() => SysResult<string>.Fail(Errno.EBUSY).OrThrow("call"));
        Assert.Equal(Errno.EBUSY, exception.Error);
    }

    [Fact]
    public void Describe_NotInTheTable_HasTheNumber()
    {
        Assert.Equal("errno 4095", ((Errno)4095).Name());
        Assert.StartsWith("errno 4095 (", ((Errno)4095).Describe(), StringComparison.Ordinal);
    }
}
