using Shimd.Shim;
using Xunit;

namespace Shimd.Tests.Unit.Shim;

public sealed class ReadPaceTests
{
    private const int Line = 64;
    private const long Soon = 20_000;
    private const long Late = 1_000_000;

    private readonly ReadPace _pace = new();
    private long _now = 1_000_000_000_000;

    [Fact]
    public void WantsPause_LinesThatComeAlone_Never()
        => Assert.DoesNotContain(true, Reads(100, Late, Line));

    [Fact]
    public void WantsPause_AFewLinesAtOnce_No()
    {
        Assert.DoesNotContain(true, Reads(8, Soon, Line));
        Assert.DoesNotContain(true, Reads(1, Late, Line));
        Assert.DoesNotContain(true, Reads(7, Soon, Line));
    }

    [Fact]
    public void WantsPause_AStreamOfLines_Yes()
    {
        _ = Reads(8, Soon, Line);

        Assert.DoesNotContain(false, Reads(10, Soon, Line));
        Assert.DoesNotContain(false, Reads(10, Soon, 20_000));
    }

    [Fact]
    public void WantsPause_TheFirstLineAfterAStream_No()
    {
        _ = Reads(20, Soon, Line);

        Assert.Equal([false], Reads(1, Late, Line));
    }

    [Fact]
    public void WantsPause_LargeReads_Never()
        => Assert.DoesNotContain(true, Reads(100, Soon, 65_536));

    [Fact]
    public void WantsPause_ThePipeWasNearlyFull_NotAgain()
    {
        _ = Reads(8, Soon, Line);

        Assert.Equal([true, false], Reads(2, Soon, 50_000));
    }

    [Fact]
    public void WantsPause_BothStreamsSpeak_Never()
    {
        for (int i = 0; i < 50; i++)
        {
            Assert.DoesNotContain(true, Reads(1, Soon, Line, isError: false));
            Assert.DoesNotContain(true, Reads(1, Soon, Line, isError: true));
        }
    }

    [Fact]
    public void WantsPause_TheClockWasSetBack_No()
    {
        _ = Reads(20, Soon, Line);

        Assert.Equal([false], Reads(1, -3_600_000_000_000, Line));
    }

    private List<bool> Reads(int count, long gap, int bytes, bool isError = false)
    {
        var pauses = new List<bool>();
        for (int i = 0; i < count; i++)
        {
            _now += gap;
            pauses.Add(_pace.WantsPause(isError, _now));
            _pace.OnRead(bytes, _now);
        }

        return pauses;
    }
}
