using Shimd.Loop;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Loop;

public sealed class EventLoopTests
{
    [Fact]
    public void Run_MainReturns_IsItsValue()
    {
        using var loop = new EventLoop();

        Assert.Equal(7, loop.Run(async () =>
        {
            await Task.Yield();
            return 7;
        }));
    }

    [Fact]
    public void Run_MainThrows_ThrowsThat()
    {
        using var loop = new EventLoop();

        Assert.Throws<InvalidDataException>(() => loop.Run<int>(async () =>
        {
            await Task.Yield();
            throw new InvalidDataException();
        }));
    }

    [Fact]
    public void Run_Over_RestoresTheContext()
    {
        SynchronizationContext? before = SynchronizationContext.Current;

        OnLoop.Run(_ => Task.CompletedTask);

        Assert.Same(before, SynchronizationContext.Current);
    }

    [Fact]
    public void Run_Continuations_StayOnTheThread()
    {
        int thread = Environment.CurrentManagedThreadId;
        var seen = new List<int>();

        OnLoop.Run(async loop =>
        {
            await Task.Yield();
            seen.Add(Environment.CurrentManagedThreadId);
            await loop.Delay(TimeSpan.FromMilliseconds(1));
            seen.Add(Environment.CurrentManagedThreadId);
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using LoopTimer timer = loop.After(TimeSpan.Zero, source.SetResult);
            await source.Task;
            seen.Add(Environment.CurrentManagedThreadId);
        });

        Assert.Equal([thread, thread, thread], seen);
    }

    [Fact]
    public void Post_Several_RunInOrder() => OnLoop.Run(async loop =>
    {
        var order = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            loop.Post(state => order.Add((int)state!), i);
        }

        Assert.Empty(order);
        await OnLoop.TurnAsync();

        Assert.Equal([0, 1, 2, 3, 4], order);
    });

    [Fact]
    public void Post_FromAPostedCall_DescriptorsHaveTheirTurnFirst() => OnLoop.Run(async loop =>
    {
        // Something that posts itself again and again must not starve the descriptors.
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        int posted = 0;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = loop.Watch("test", pipe.Writer, EpollEvents.Out, _ => ready.TrySetResult());
        void PostAgain(object? state)
        {
            posted++;
            if (!ready.Task.IsCompleted && posted < 1000)
            {
                loop.Post(PostAgain, null);
            }
        }

        loop.Post(PostAgain, null);
        await ready.Task;

        Assert.InRange(posted, 0, 3);
    });

    [Fact]
    public void Continue_ManyThatTakeLong_DescriptorsHaveTheirTurnInBetween() => OnLoop.Run(async loop =>
    {
        const int Many = 100;
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        int done = 0;
        int doneBefore = Many;
        async Task WorkAsync()
        {
            await Task.Yield();
            for (long begun = TimerFd.Now(); TimerFd.Now() - begun < 1_000_000;)
            {
                // A millisecond of work.
            }

            done++;
        }

        // Once to be compiled, which takes long, too, and is made up for.
        await WorkAsync();
        await OnLoop.TurnAsync();
        using Watch watch = loop.Watch("test", pipe.Writer, EpollEvents.Out, _ => doneBefore = Math.Min(doneBefore, done));
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => WorkAsync()));

        Assert.Equal(Many + 1, done);
        Assert.InRange(doneBefore, 1, Many / 2);
    });

    [Fact]
    public void Post_AnOperationGoesOn_IsRunBefore() => OnLoop.Run(async loop =>
    {
        var order = new List<int>();
        loop.Continue(_ => order.Add(2), null);
        loop.Post(_ => order.Add(1), null);
        await OnLoop.TurnAsync();

        Assert.Equal([1, 2], order);
    });

    [Fact]
    public void Send_FromAnywhere_IsRefused() => OnLoop.Run(_ =>
    {
        Assert.Throws<NotSupportedException>(() => SynchronizationContext.Current!.Send(_ => { }, null));
        Assert.Same(SynchronizationContext.Current, SynchronizationContext.Current!.CreateCopy());
        return Task.CompletedTask;
    });

    [Fact]
    public void Watch_Ready_IsCalledWithTheEventsUntilDisposed() => OnLoop.Run(async loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        var seen = new List<EpollEvents>();
        Watch watch = loop.Watch("test", pipe.Reader, EpollEvents.In, seen.Add);
        await OnLoop.TurnAsync();
        Assert.Empty(seen);

        pipe.Writer.WriteAll("x"u8);
        await OnLoop.TurnAsync();
        Assert.Contains(EpollEvents.In, seen);

        watch.Dispose();
        seen.Clear();
        await OnLoop.TurnAsync();
        Assert.Empty(seen);
    });

    [Fact]
    public void TryWatch_RegularFile_EPERMAndTheSlotIsUsedAgain() => OnLoop.Run(async loop =>
    {
        using var directory = new TempDirectory();
        using Fd file = NativeFile.Create(directory["file"]).OrThrow("open");
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");

        Assert.Equal(Errno.EPERM, loop.TryWatch("test", file, EpollEvents.In, _ => { }).Error);

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch watch = loop.Watch("test", pipe.Writer, EpollEvents.Out, _ => ready.TrySetResult());
        using Watch other = loop.Watch("test", pipe.Reader, EpollEvents.In, _ => { });
        await ready.Task;
    });

    [Fact]
    public void Interest_Changed_DecidesWhatIsReported() => OnLoop.Run(async loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        int calls = 0;
        using Watch watch = loop.Watch("test", pipe.Writer, EpollEvents.None, _ => calls++);
        await OnLoop.TurnAsync();
        Assert.Equal(0, calls);

        watch.Interest = EpollEvents.Out;
        await OnLoop.TurnAsync();
        Assert.NotEqual(0, calls);

        watch.Interest = EpollEvents.None;
        calls = 0;
        await OnLoop.TurnAsync();
        Assert.Equal(0, calls);
    });

    [Fact]
    public void Dispose_Twice_LeavesTheSlotsNewOwner() => OnLoop.Run(async loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        Watch first = loop.Watch("test", pipe.Reader, EpollEvents.In, _ => { });
        first.Dispose();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Watch second = loop.Watch("test", pipe.Writer, EpollEvents.Out, _ => ready.TrySetResult());

        first.Dispose();
        first.Interest = EpollEvents.In;

        await ready.Task;
    });

    [Fact]
    public void Handler_DisposesOfAnotherThatIsReady_TheOtherIsNotCalled() => OnLoop.Run(async loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        using Fd copy = pipe.Writer.Duplicate().OrThrow("fcntl");
        var watches = new Watch?[2];
        var called = new List<int>();
        watches[0] = loop.Watch("first", pipe.Writer, EpollEvents.Out, _ => Called(0));
        watches[1] = loop.Watch("second", copy, EpollEvents.Out, _ => Called(1));
        void Called(int which)
        {
            called.Add(which);
            watches[1 - which]!.Dispose();
            watches[which]!.Dispose();
        }

        await OnLoop.TurnAsync();

        Assert.Single(called);
    });

    [Fact]
    public void Handler_GivesTheSlotToANewWatch_TheStaleEventIsNotItsOwn() => OnLoop.Run(async loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        using Fd copy = pipe.Writer.Duplicate().OrThrow("fcntl");
        using Pipe silent = Pipe.Create().OrThrow("pipe2");
        var watches = new Watch?[2];
        var called = new List<string>();
        Watch? successor = null;
        watches[0] = loop.Watch("first", pipe.Writer, EpollEvents.Out, _ => Called(0));
        watches[1] = loop.Watch("second", copy, EpollEvents.Out, _ => Called(1));
        void Called(int which)
        {
            called.Add("ready");
            watches[which]!.Dispose();
            watches[1 - which]!.Dispose();

            // The slot that was given back last is the next to be used: that of the one whose event is still to come.
            successor = loop.Watch("successor", silent.Reader, EpollEvents.In, _ => called.Add("stale"));
            called.Add(SlotOf(successor) == SlotOf(watches[1 - which]!) ? "same slot" : "another slot");
        }

        await OnLoop.TurnAsync();

        Assert.Equal(["ready", "same slot"], called);
        successor!.Dispose();
    });

    [Fact]
    public void Key_SlotUsedAgain_IsAnother() => OnLoop.Run(loop =>
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");
        Watch first = loop.Watch("first", pipe.Reader, EpollEvents.In, _ => { });
        first.Dispose();
        using Watch second = loop.Watch("second", pipe.Reader, EpollEvents.In, _ => { });

        Assert.Equal(SlotOf(first), SlotOf(second));
        Assert.NotEqual(first.Key, second.Key);
        return Task.CompletedTask;
    });

    [Fact]
    public void Start_Operation_RunsWithoutBeingAwaited() => OnLoop.Run(async loop =>
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        loop.Start("test", async () =>
        {
            await Task.Yield();
            done.SetResult();
        });

        Assert.False(done.Task.IsCompleted);
        await done.Task;
    });

    private static uint SlotOf(Watch watch) => (uint)watch.Key;
}
