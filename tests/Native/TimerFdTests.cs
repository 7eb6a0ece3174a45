using System.Diagnostics;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class TimerFdTests : IDisposable
{
    private readonly TimerFd _timer = new();

    public void Dispose() => _timer.Dispose();

    [Fact]
    public void Arm_Future_ReadableNotBeforeItsTime()
    {
        long at = TimerFd.Now() + 20_000_000;
        _timer.Arm(at);

        Assert.Equal(EpollEvents.In, Ready.Wait(_timer.Fd));
        Assert.True(TimerFd.Now() >= at);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public void Arm_Past_ReadableAtOnce(long at)
    {
        _timer.Arm(at);

        Assert.Equal(EpollEvents.In, Ready.Wait(_timer.Fd));
    }

    [Fact]
    public void Acknowledge_Fired_NoLongerReadable()
    {
        _timer.Arm(1);
        Assert.Equal(EpollEvents.In, Ready.Wait(_timer.Fd));

        _timer.Acknowledge();

        Assert.Equal(EpollEvents.None, Ready.Now(_timer.Fd));
    }

    [Fact]
    public void Acknowledge_NotFired_DoesNotBlock()
    {
        _timer.Acknowledge();

        Assert.Equal(EpollEvents.None, Ready.Now(_timer.Fd));
    }

    [Fact]
    public void Arm_Null_Disarms()
    {
        _timer.Arm(1);
        Assert.Equal(EpollEvents.In, Ready.Wait(_timer.Fd));

        _timer.Arm(null);

        Assert.Equal(EpollEvents.None, Ready.Now(_timer.Fd));
    }

    [Fact]
    public void Now_Read_IsTheMonotonicClockInNanoseconds()
    {
        Assert.Equal(1_000_000_000, Stopwatch.Frequency);
        long before = Stopwatch.GetTimestamp();
        long now = TimerFd.Now();

        Assert.InRange(now, before, Stopwatch.GetTimestamp());
    }
}
