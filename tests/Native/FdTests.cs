using System.Globalization;
using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class FdTests : IDisposable
{
    private readonly Pipe _pipe = Pipe.Create().OrThrow("pipe2");

    public void Dispose() => _pipe.Dispose();

    [Fact]
    public void Create_Pipe_BothEndsCloseOnExec()
    {
        Assert.True(IsCloseOnExec(_pipe.Reader));
        Assert.True(IsCloseOnExec(_pipe.Writer));
    }

    [Fact]
    public void Read_AfterWrite_GivesTheBytes()
    {
        Span<byte> buffer = stackalloc byte[8];
        Assert.Equal(3, _pipe.Writer.Write("abc"u8).Value);

        Assert.Equal(3, _pipe.Reader.Read(buffer).Value);
        Assert.Equal("abc"u8, buffer[..3]);
    }

    [Fact]
    public void Read_WriterGone_Zero()
    {
        _pipe.Writer.Dispose();

        Assert.Equal(SysResult.Ok, _pipe.Reader.Read(new byte[1]));
    }

    [Fact]
    public void Read_NonBlockingAndEmpty_WouldBlock()
    {
        Assert.True(_pipe.Reader.SetNonBlocking(true).IsOk);

        Assert.True(_pipe.Reader.Read(new byte[1]).WouldBlock);
    }

    [Fact]
    public void SetNonBlocking_Off_LeavesTheOtherFlags()
    {
        using var directory = new TempDirectory();
        using Fd file = NativeFile.OpenAppend(directory["file"]).OrThrow("open");
        file.SetNonBlocking(true).OrThrow("fcntl");
        Assert.Equal(Libc.O_NONBLOCK | Libc.O_APPEND, Flags(file) & (Libc.O_NONBLOCK | Libc.O_APPEND));

        file.SetNonBlocking(false).OrThrow("fcntl");

        Assert.Equal(Libc.O_APPEND, Flags(file) & (Libc.O_NONBLOCK | Libc.O_APPEND));
    }

    [Fact]
    public void Write_ReaderGone_EPIPE()
    {
        _pipe.Reader.Dispose();

        Assert.Equal(Errno.EPIPE, _pipe.Writer.Write("x"u8).Error);
    }

    [Fact]
    public void WriteAll_Full_ENOSPC()
    {
        using Fd full = NativeFile.OpenAppend("/dev/full").OrThrow("open");

        Assert.Equal(Errno.ENOSPC, full.WriteAll("x"u8).Error);
    }

    [Fact]
    public void WriteAll_MoreThanOnePartialWrite_StopsWhereThePipeIsFull()
    {
        _pipe.Writer.SetNonBlocking(true).OrThrow("fcntl");
        byte[] much = new byte[1 << 20];
        Random.Shared.NextBytes(much);

        Assert.True(_pipe.Writer.WriteAll(much).WouldBlock);

        _pipe.Writer.Dispose();
        var arrived = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (_pipe.Reader.Read(buffer).OrThrow("read") is > 0 and var count)
        {
            arrived.Write(buffer, 0, (int)count);
        }

        Assert.InRange(arrived.Length, 1, much.Length - 1);
        Assert.True(much.AsSpan().StartsWith(arrived.ToArray()));
    }

    [Fact]
    public void Duplicate_AtLeast_IsThatHighAndCloseOnExec()
    {
        using Fd copy = _pipe.Reader.Duplicate(atLeast: 500).OrThrow("fcntl");

        Assert.True(copy.Number >= 500);
        Assert.True(IsCloseOnExec(copy));
        _pipe.Writer.WriteAll("x"u8);
        Assert.Equal(1, copy.Read(new byte[1]).Value);
    }

    [Fact]
    public void CloseOnExec_Inheritable_IsSet()
    {
        SysResult.From(Libc.fcntl(_pipe.Reader, Libc.F_SETFD, 0)).OrThrow("fcntl");
        Assert.False(IsCloseOnExec(_pipe.Reader));

        Assert.True(_pipe.Reader.CloseOnExec().IsOk);

        Assert.True(IsCloseOnExec(_pipe.Reader));
    }

    [Fact]
    public void Dispose_Owned_ClosesTheDescriptor()
    {
        Fd copy = _pipe.Writer.Duplicate().OrThrow("fcntl");
        _pipe.Writer.Dispose();
        Assert.Equal(EpollEvents.None, Ready.Now(_pipe.Reader));

        copy.Dispose();

        Assert.Equal(EpollEvents.HangUp, Ready.Wait(_pipe.Reader));
    }

    [Fact]
    public void Dispose_NotOwned_LeavesItOpen()
    {
        new Fd(_pipe.Writer.Number, owned: false).Dispose();

        Assert.Equal(1, _pipe.Writer.Write("x"u8).Value);
    }

    [Fact]
    public void ProcPath_OpenFile_ReachesIt()
    {
        using var directory = new TempDirectory();
        using Fd file = NativeFile.Create(directory["file"]).OrThrow("open");
        file.WriteAll("content"u8);
        File.Delete(directory["file"]);

        Assert.Equal("content"u8, NativeFile.ReadAll(file.ProcPath).OrThrow("read"));
    }

    [Fact]
    public void From_MinusOne_IsTheLastError()
    {
        Marshal.SetLastPInvokeError((int)Errno.EMFILE);

        Assert.Equal(SysResult<Fd>.Fail(Errno.EMFILE), Fd.From(-1));
    }

    internal static bool IsCloseOnExec(Fd fd) => (Flags(fd) & Libc.O_CLOEXEC) != 0;

    // proc(5), fdinfo: the flags of open(2), in octal.
    private static int Flags(Fd fd) => Convert.ToInt32(
        File.ReadLines($"/proc/self/fdinfo/{fd.Number.ToString(CultureInfo.InvariantCulture)}")
            .Single(line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim(),
        8);
}
