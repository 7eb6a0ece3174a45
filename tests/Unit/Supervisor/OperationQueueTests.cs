using Shimd.Protocol;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class OperationQueueTests
{
    private const int MaxWaiting = 32;

    private readonly OperationQueue _queue = new("web");
    private readonly List<string> _order = [];

    [Fact]
    public void RunAsync_Idle_RunsAtOnce() => OnLoop.Run(async _ =>
    {
        Task<int> running = _queue.RunAsync(() => Task.FromResult(7));

        Assert.True(running.IsCompleted);
        Assert.Equal(7, await running);
    });

    [Fact]
    public void RunAsync_Several_OneAfterTheOtherInOrder() => OnLoop.Run(async _ =>
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(number => _queue.RunAsync(() => StepsAsync($"{number}"))));

        Assert.Equal(Enumerable.Range(0, 5).SelectMany(number => new[] { $"{number} begins", $"{number} ends" }), _order);
    });

    [Fact]
    public void RunAsync_AsOneEnds_ANewcomerDoesNotSlipIn() => OnLoop.Run(async _ =>
    {
        var gate = NewGate();
        Task newcomer = Task.CompletedTask;
        Task first = _queue.RunAsync(async () =>
        {
            await gate.Task;
            return true;
        });
        Task second = _queue.RunAsync(() => StepsAsync("second"));
        Task atItsEnd = AddAtTheEndAsync();
        async Task AddAtTheEndAsync()
        {
            // On before the second one has begun.
            await first;
            newcomer = _queue.RunAsync(() => StepsAsync("newcomer"));
        }

        gate.SetResult();
        await atItsEnd;
        await Task.WhenAll(first, second, newcomer);

        Assert.Equal(["second begins", "second ends", "newcomer begins", "newcomer ends"], _order);
    });

    [Fact]
    public void RunAsync_BeyondTheLimit_BusyAndTheOthersGoOn() => OnLoop.Run(async _ =>
    {
        var gate = NewGate();
        List<Task<int>> accepted = [_queue.RunAsync(async () =>
        {
            await gate.Task;
            return -1;
        })];
        accepted.AddRange(Enumerable.Range(0, MaxWaiting).Select(number => _queue.RunAsync(() => Task.FromResult(number))));

        ShimdException refusal = await Assert.ThrowsAsync<ShimdException>(() => _queue.RunAsync(() => Task.FromResult(0)));

        Assert.Equal(ErrorCode.Busy, refusal.Code);
        Assert.Contains("web", refusal.Message, StringComparison.Ordinal);
        Assert.All(accepted, task => Assert.False(task.IsCompleted));
        gate.SetResult();
        Assert.Equal(Enumerable.Range(-1, MaxWaiting + 1), await Task.WhenAll(accepted));
        Assert.Equal(7, await _queue.RunAsync(() => Task.FromResult(7)));
    });

    [Fact]
    public void RunAsync_OperationFails_TheNextRuns() => OnLoop.Run(async _ =>
    {
        Task<int> fails = _queue.RunAsync<int>(async () =>
        {
            await Task.Yield();
            throw new InvalidDataException();
        });
        Task<int> next = _queue.RunAsync(() => Task.FromResult(7));

        await Assert.ThrowsAsync<InvalidDataException>(() => fails);
        Assert.Equal(7, await next);
        Assert.Equal(8, await _queue.RunAsync(() => Task.FromResult(8)));
    });

    [Fact]
    public void RunAsync_OperationFailsAtOnce_TheQueueIsFree() => OnLoop.Run(async _ =>
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _queue.RunAsync<int>(() => throw new InvalidDataException()));

        Assert.Equal(7, await _queue.RunAsync(() => Task.FromResult(7)));
    });

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<bool> StepsAsync(string name)
    {
        _order.Add($"{name} begins");
        await Task.Yield();
        await Task.Yield();
        _order.Add($"{name} ends");
        return true;
    }
}
