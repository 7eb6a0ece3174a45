using Shimd.Loop;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Loop;

public sealed class LoopTimerTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void After_Delay_NotBeforeItsTime() => OnLoop.Run(async loop =>
    {
        long before = TimerFd.Now();
        var fired = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);

        using LoopTimer timer = loop.After(s_short, () => fired.SetResult(TimerFd.Now()));

        Assert.True(await fired.Task - before >= s_short.TotalNanoseconds);
    });

    [Fact]
    public void After_SeveralDelays_FireInTheOrderOfTheirTimes() => OnLoop.Run(async loop =>
    {
        var order = new List<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using LoopTimer fourth = loop.After(4 * s_short, last.SetResult);
        using LoopTimer third = loop.After(3 * s_short, () => order.Add(3));
        using LoopTimer first = loop.After(1 * s_short, () => order.Add(1));
        using LoopTimer second = loop.After(2 * s_short, () => order.Add(2));

        await last.Task;

        Assert.Equal([1, 2, 3], order);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-1_000_000)]
    public void After_ZeroOrLess_FiresSoonButNotAtOnce(int delayMs) => OnLoop.Run(async loop =>
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        using LoopTimer timer = loop.After(TimeSpan.FromMilliseconds(delayMs), fired.SetResult);

        Assert.False(fired.Task.IsCompleted);
        await fired.Task;
    });

    [Fact]
    public void After_ZeroManyTimes_FireInTheOrderOfTheCalls() => OnLoop.Run(async loop =>
    {
        var order = new List<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < 20; i++)
        {
            int number = i;
            _ = loop.After(TimeSpan.Zero, () => order.Add(number));
        }

        using LoopTimer end = loop.After(TimeSpan.Zero, last.SetResult);
        await last.Task;

        Assert.Equal(Enumerable.Range(0, 20), order);
    });

    [Fact]
    public void Dispose_BeforeItsTime_NeverFires() => OnLoop.Run(async loop =>
    {
        bool fired = false;
        LoopTimer cancelled = loop.After(s_short, () => fired = true);

        cancelled.Dispose();
        cancelled.Dispose();
        await loop.Delay(3 * s_short);

        Assert.False(fired);
    });

    [Fact]
    public void Dispose_TheEarliest_TheNextStillFires() => OnLoop.Run(async loop =>
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LoopTimer earliest = loop.After(s_short, () => fired.TrySetException(new InvalidOperationException("cancelled, and yet fired")));
        using LoopTimer next = loop.After(2 * s_short, () => fired.TrySetResult());

        earliest.Dispose();

        await fired.Task;
    });

    [Fact]
    public void Fire_DisposesOfAnotherThatIsDue_TheOtherDoesNotFire() => OnLoop.Run(async loop =>
    {
        var fired = new List<int>();
        LoopTimer? second = null;
        using LoopTimer first = loop.After(TimeSpan.Zero, () =>
        {
            fired.Add(1);
            second!.Dispose();
        });
        second = loop.After(TimeSpan.Zero, () => fired.Add(2));
        await loop.Delay(s_short);

        Assert.Equal([1], fired);
    });

    [Fact]
    public void Fire_AddsAnother_ItFiresToo() => OnLoop.Run(async loop =>
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        using LoopTimer first = loop.After(TimeSpan.Zero, () => _ = loop.After(TimeSpan.Zero, fired.SetResult));

        await fired.Task;
    });

    [Fact]
    public void Delay_Cancelled_EndsAtOnce() => OnLoop.Run(async loop =>
    {
        using var cancellation = new CancellationTokenSource();
        Task delay = loop.Delay(TimeSpan.FromDays(1), cancellation.Token);
        Assert.False(delay.IsCompleted);

        cancellation.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delay);
        Assert.True(delay.IsCanceled);
    });

    [Fact]
    public void Delay_CancelledBefore_EndsAtOnce() => OnLoop.Run(async loop =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.Delay(TimeSpan.FromDays(1), new CancellationToken(canceled: true))));

    [Fact]
    public void Delay_CancelledAfterwards_HasEndedWell() => OnLoop.Run(async loop =>
    {
        using var cancellation = new CancellationTokenSource();
        Task delay = loop.Delay(TimeSpan.Zero, cancellation.Token);
        await delay;

        cancellation.Cancel();

        Assert.True(delay.IsCompletedSuccessfully);
    });
}
