using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

[Collection(Sequential.Name)]
public sealed class EpollTests : IDisposable
{
    private readonly Epoll _epoll = new();

    public void Dispose() => _epoll.Dispose();

    [Fact]
    public void Wait_Ready_GivesEventsAndKey()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        const ulong Key = 0xFEDCBA9876543210;
        Assert.True(_epoll.Add(pipe.Reader, EpollEvents.In, Key).IsOk);
        Assert.Equal(0, _epoll.Wait(0).Value);

        pipe.Writer.WriteAll("x"u8);

        Assert.Equal(1, _epoll.Wait(Ready.DeadlineMs).Value);
        Assert.Equal((EpollEvents.In, Key), _epoll.Result(0));
    }

    [Fact]
    public void Wait_SeveralReady_GivesEachItsOwnKey()
    {
        using Pipe first = Pipe.Create().OrThrow("pipe2");
        using Pipe second = Pipe.Create().OrThrow("pipe2");
        _epoll.Add(first.Writer, EpollEvents.Out, 1).OrThrow("add");
        _epoll.Add(second.Writer, EpollEvents.Out, 2).OrThrow("add");

        Assert.Equal(2, _epoll.Wait(0).Value);
        Assert.Equal([1UL, 2UL], new[] { _epoll.Result(0).Key, _epoll.Result(1).Key }.Order());
    }

    [Fact]
    public void Wait_MoreReadyThanTheBufferHolds_GivesTheRestLater()
    {
        const int Many = 100;
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        List<Fd> copies = [.. Enumerable.Range(0, Many).Select(_ => pipe.Writer.Duplicate().OrThrow("fcntl"))];
        for (int i = 0; i < Many; i++)
        {
            _epoll.Add(copies[i], EpollEvents.Out, (ulong)i).OrThrow("add");
        }

        var seen = new HashSet<ulong>();
        for (int round = 0; round < Many && seen.Count < Many; round++)
        {
            int count = (int)_epoll.Wait(0).OrThrow("epoll_wait");
            Assert.InRange(count, 1, Many - 1);
            seen.UnionWith(Enumerable.Range(0, count).Select(i => _epoll.Result(i).Key));
        }

        Assert.Equal(Many, seen.Count);
        copies.ForEach(fd => fd.Dispose());
    }

    [Fact]
    public void Add_Twice_EEXIST()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        Assert.True(_epoll.Add(pipe.Reader, EpollEvents.In, 1).IsOk);

        Assert.Equal(Errno.EEXIST, _epoll.Add(pipe.Reader, EpollEvents.In, 2).Error);
    }

    [Fact]
    public void Add_RegularFile_EPERM()
    {
        using var directory = new TempDirectory();
        using Fd file = NativeFile.Create(directory["file"]).OrThrow("open");

        Assert.Equal(Errno.EPERM, _epoll.Add(file, EpollEvents.In, 1).Error);
    }

    [Fact]
    public void Modify_OtherInterestAndKey_BothChange()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        _epoll.Add(pipe.Writer, EpollEvents.None, 1).OrThrow("add");
        Assert.Equal(0, _epoll.Wait(0).Value);

        Assert.True(_epoll.Modify(pipe.Writer, EpollEvents.Out, 2).IsOk);

        Assert.Equal(1, _epoll.Wait(0).Value);
        Assert.Equal((EpollEvents.Out, 2UL), _epoll.Result(0));
    }

    [Fact]
    public void Modify_NotAdded_ENOENT()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");

        Assert.Equal(Errno.ENOENT, _epoll.Modify(pipe.Reader, EpollEvents.In, 1).Error);
        Assert.Equal(Errno.ENOENT, _epoll.Remove(pipe.Reader).Error);
    }

    [Fact]
    public void Remove_Ready_IsSilent()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        _epoll.Add(pipe.Writer, EpollEvents.Out, 1).OrThrow("add");

        Assert.True(_epoll.Remove(pipe.Writer).IsOk);

        Assert.Equal(0, _epoll.Wait(0).Value);
    }

    [Fact]
    public void Wait_WriterGone_HangUpThoughNotAskedFor()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        _epoll.Add(pipe.Reader, EpollEvents.None, 1).OrThrow("add");

        pipe.Writer.Dispose();

        Assert.Equal(1, _epoll.Wait(Ready.DeadlineMs).Value);
        Assert.Equal(EpollEvents.HangUp, _epoll.Result(0).Events);
    }

    [Fact]
    public void Wait_ReaderGone_Error()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        _epoll.Add(pipe.Writer, EpollEvents.None, 1).OrThrow("add");

        pipe.Reader.Dispose();

        Assert.Equal(1, _epoll.Wait(Ready.DeadlineMs).Value);
        Assert.Equal(EpollEvents.Error, _epoll.Result(0).Events);
    }
}
