using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class FifoTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public FifoTests() => Fifo.Create(FifoPath).OrThrow("mkfifo");

    private string FifoPath => _directory["fifo"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Create_New_IsAFifoOfTheOwnerOnly()
    {
        FileStatus status = Assert.NotNull(NativeFile.Status(FifoPath));

        Assert.True(status.IsFifo);
        Assert.Equal(0x180, status.Mode & 0xFFF);
    }

    [Fact]
    public void Create_Exists_EEXIST() => Assert.Equal(Errno.EEXIST, Fifo.Create(FifoPath).Error);

    [Fact]
    public void Create_NoDirectory_ENOENT() => Assert.Equal(Errno.ENOENT, Fifo.Create(_directory["none/fifo"]).Error);

    [Fact]
    public void HangUp_WriterCameAfterTheReader_IsReported()
    {
        using Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");
        Fd writer = Fifo.OpenWriter(FifoPath).OrThrow("open");
        Assert.Equal(EpollEvents.None, Ready.Now(reader, EpollEvents.None));

        writer.Dispose();

        Assert.Equal(EpollEvents.HangUp, Ready.Wait(reader, EpollEvents.None));
    }

    [Fact]
    public void HangUp_WriterWasThereBeforeTheReader_IsReported()
    {
        Fd writer = Fifo.OpenBoth(FifoPath).OrThrow("open");
        using Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");
        Assert.Equal(EpollEvents.None, Ready.Now(reader, EpollEvents.None));

        writer.Dispose();

        Assert.Equal(EpollEvents.HangUp, Ready.Wait(reader, EpollEvents.None));
    }

    [Fact]
    public void HangUp_ReaderCameAfterTheLastWriter_Silence()
    {
        Fifo.OpenBoth(FifoPath).OrThrow("open").Dispose();

        using Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");

        Assert.Equal(EpollEvents.None, Ready.Now(reader, EpollEvents.In | EpollEvents.ReadHangUp));
    }

    [Fact]
    public void OpenReader_NoWriter_DoesNotWaitAndReadsTheEnd()
    {
        using Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");

        Assert.Equal(SysResult.Ok, reader.Read(new byte[1]));
    }

    [Fact]
    public void OpenWriter_NoReader_ENXIO() => Assert.Equal(Errno.ENXIO, Fifo.OpenWriter(FifoPath).Error);

    [Fact]
    public void OpenBoth_NoReader_NeverEPIPE()
    {
        using Fd both = Fifo.OpenBoth(FifoPath).OrThrow("open");
        Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");
        Assert.Equal(1, both.Write("a"u8).Value);
        reader.Dispose();

        Assert.Equal(1, both.Write("b"u8).Value);
    }

    [Fact]
    public void OpenBoth_LastCopyCloses_ReaderSeesAllThenTheEnd()
    {
        Fd both = Fifo.OpenBoth(FifoPath).OrThrow("open");
        using Fd reader = Fifo.OpenReader(FifoPath).OrThrow("open");
        both.WriteAll("said"u8);
        both.Dispose();

        Assert.Equal("said", Child.ReadToEnd(reader));
    }
}
