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
        int calls = 0;
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using Fd writer = Fifo.OpenWriter(_directory["exit"]).OrThrow("open");
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using MonitoredExit monitored = new ExitMonitor(loop).TryWatch(reader, () =>
        {
            calls++;
            gone.TrySetResult();
        }).OrThrow("watch");
        await OnLoop.TurnAsync();
        Assert.Equal(0, calls);

        writer.Dispose();
        await gone.Task;
        await OnLoop.TurnAsync();

        Assert.Equal(1, calls);
        Assert.True(reader.IsClosed);
    });

    [Fact]
    public void TryWatch_BytesInTheFifo_AreNoExit() => OnLoop.Run(async loop =>
    {
        int calls = 0;
        using Fd writer = Fifo.OpenBoth(_directory["exit"]).OrThrow("open");
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        using MonitoredExit monitored = new ExitMonitor(loop).TryWatch(reader, () => calls++).OrThrow("watch");

        writer.WriteAll("noise"u8).OrThrow("write");
        await OnLoop.TurnAsync();

        Assert.Equal(0, calls);
    });

    [Fact]
    public void Dispose_BeforeTheEnd_IsForgotten() => OnLoop.Run(async loop =>
    {
        int calls = 0;
        using Fd writer = Fifo.OpenBoth(_directory["exit"]).OrThrow("open");
        Fd reader = Fifo.OpenReader(_directory["exit"]).OrThrow("open");
        MonitoredExit monitored = new ExitMonitor(loop).TryWatch(reader, () => calls++).OrThrow("watch");

        monitored.Dispose();
        writer.Dispose();
        await OnLoop.TurnAsync();

        Assert.Equal(0, calls);
        Assert.True(reader.IsClosed);
    });
}
