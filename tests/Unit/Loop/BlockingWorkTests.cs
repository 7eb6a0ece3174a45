using Shimd.Loop;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Loop;

/// <summary>The work is a read of a pipe: it blocks until the test lets it go on.</summary>
public sealed class BlockingWorkTests : IDisposable
{
    private const int Several = 100_000;
    private const int LongEnoughMs = 200;

    private readonly Pipe _go = Pipe.Create().OrThrow("pipe2");
    private readonly BlockingWork _work;
    private volatile int _begun;
    private volatile int _done;

    public BlockingWorkTests() => _work = new BlockingWork(Work);

    /// <summary>The end of the pipe: whatever still blocks goes on.</summary>
    public void Dispose() => _go.Writer.Dispose();

    [Fact]
    public void Ask_ItBlocks_ReturnsAtOnce()
    {
        _work.Ask();
        Poll.Until(() => _begun == 1, "it has begun");
        Assert.Equal(0, _done);

        LetOneGo();
        Poll.Until(() => _done == 1, "it is done");
    }

    [Fact]
    public void Ask_OftenWhileItBlocks_IsDoneOnceMore()
    {
        _work.Ask();
        Poll.Until(() => _begun == 1, "it has begun");
        for (int i = 0; i < Several; i++)
        {
            _work.Ask();
        }

        LetOneGo();
        LetOneGo();
        Poll.Until(() => _done == 2, "it is done once more");
        Assert.False(Poll.Holds(() => _begun > 2, LongEnoughMs), "it is done a third time, and was not asked for");

        _work.Ask();
        Poll.Until(() => _begun == 3, "it is done when it is asked for again");
    }

    private void Work()
    {
        _begun++;
        Span<byte> one = stackalloc byte[1];
        _done += (int)_go.Reader.Read(one).OrThrow("read");
    }

    private void LetOneGo() => _go.Writer.WriteAll([1]).OrThrow("write");
}
