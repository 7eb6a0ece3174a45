using Shimd.Loop;
using Shimd.Native;
using Shimd.Supervisor;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

[Collection(Sequential.Name)]
public sealed class ExitMonitorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ExitMonitorTests() => Fifo.Create(_directory["exit"]).OrThrow("mkfifo");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TryWatch_WriterGoes_CallsOnce() => OnLoop.Run(async loop =>
    {
        List<bool> calls = [];
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using Fd writer = Fifo.OpenWriter(_directory["exit"]).OrThrow("open");
        using MonitoredExit monitored = Watch(loop, reader, calls);
        await OnLoop.TurnAsync();
        Assert.Empty(calls);

        writer.Dispose();
        await UntilAsync(() => calls.Count > 0);
        await OnLoop.TurnAsync();

        Assert.Equal([true], calls);
    });

    [Fact]
    public void TryWatch_AWordThatIsTheExit_CallsOnceAndHoldsTheWriterUntilDisposed() => OnLoop.Run(async loop =>
    {
        List<bool> calls = [];
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using Fd writer = Fifo.OpenWriter(_directory["exit"]).OrThrow("open");
        using MonitoredExit monitored = Watch(loop, reader, calls, isExit: true);

        writer.WriteAll("!"u8).OrThrow("write");
        await UntilAsync(() => calls.Count > 0);
        Assert.True(writer.WriteAll("!"u8).IsOk);
        await OnLoop.TurnAsync();
        monitored.Dispose();

        Assert.Equal([false], calls);
        Assert.Equal(Errno.EPIPE, writer.WriteAll("!"u8).Error);
    });

    [Fact]
    public void TryWatch_AWordWithoutAnExit_IsAskedAboutOnceAndTheHangUpCounts() => OnLoop.Run(async loop =>
    {
        List<bool> calls = [];
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using Fd writer = Fifo.OpenWriter(_directory["exit"]).OrThrow("open");
        using MonitoredExit monitored = Watch(loop, reader, calls);

        writer.WriteAll("noise"u8).OrThrow("write");
        await UntilAsync(() => calls.Count > 0);
        await OnLoop.TurnAsync();
        Assert.Equal([false], calls);
        Assert.False(reader.IsClosed);

        writer.Dispose();
        await UntilAsync(() => calls.Count > 1);
        Assert.Equal([false, true], calls);
    });

    [Fact]
    public void Dispose_BeforeTheEnd_IsForgotten() => OnLoop.Run(async loop =>
    {
        List<bool> calls = [];
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using Fd writer = Fifo.OpenWriter(_directory["exit"]).OrThrow("open");
        MonitoredExit monitored = Watch(loop, reader, calls);

        monitored.Dispose();
        writer.Dispose();
        await OnLoop.TurnAsync();

        Assert.Empty(calls);
        Assert.True(reader.IsClosed);
    });

    private static MonitoredExit Watch(EventLoop loop, Fd reader, List<bool> calls, bool isExit = false)
        => new ExitMonitor(loop).TryWatch(reader, isGone =>
        {
            calls.Add(isGone);
            return isExit || isGone;
        }).OrThrow("watch");

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int turn = 0; turn < 1000 && !condition(); turn++)
        {
            await OnLoop.TurnAsync();
        }

        Assert.True(condition());
    }
}
