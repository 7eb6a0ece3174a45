using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

public sealed partial class SignalFdTests
{
    private const int SigBlock = 0;
    private const int SigSetMask = 2;

    [Fact]
    public void Take_BlockedSignalPending_GivesEachOnceThenNull()
    {
        WithBlocked([Signal.SIGUSR1, Signal.SIGUSR2], () =>
        {
            using var signals = new SignalFd([Signal.SIGUSR1, Signal.SIGUSR2]);
            Assert.Null(signals.Take());
            Assert.Equal(EpollEvents.None, Ready.Now(signals.Fd));

            RaiseHere(Signal.SIGUSR2);
            RaiseHere(Signal.SIGUSR1);
            RaiseHere(Signal.SIGUSR1);

            // The lower number first, and one that is pending already counts once.
            Assert.Equal(EpollEvents.In, Ready.Wait(signals.Fd));
            Assert.Equal(Signal.SIGUSR1, signals.Take());
            Assert.Equal(Signal.SIGUSR2, signals.Take());
            Assert.Null(signals.Take());
            Assert.Equal(EpollEvents.None, Ready.Now(signals.Fd));
        });
    }

    [Fact]
    public void Take_TellsWhoSentIt()
    {
        WithBlocked([Signal.SIGUSR1], () =>
        {
            using var signals = new SignalFd([Signal.SIGUSR1]);
            RaiseHere(Signal.SIGUSR1);

            Assert.Equal(Signal.SIGUSR1, signals.Take(out int sender));
            Assert.Equal(Environment.ProcessId, sender);
            Assert.Null(signals.Take(out sender));
            Assert.Equal(0, sender);
        });
    }

    [Fact]
    public void Take_SignalOutsideTheSet_IsNotTaken()
    {
        WithBlocked([Signal.SIGUSR1, Signal.SIGUSR2], () =>
        {
            using var one = new SignalFd([Signal.SIGUSR1]);
            using var other = new SignalFd([Signal.SIGUSR2]);

            RaiseHere(Signal.SIGUSR2);

            Assert.Null(one.Take());
            Assert.Equal(Signal.SIGUSR2, other.Take());
        });
    }

    [Fact]
    public void IsInherited_AllLoopSignalsBlocked_True()
        => WithBlocked(SignalMask.LoopSignals.ToArray(), () => Assert.True(SignalMask.IsBlocked()));

    [Fact]
    public void IsInherited_OneLoopSignalNotBlocked_False()
    {
        foreach (int left in SignalMask.LoopSignals)
        {
            WithBlocked([.. SignalMask.LoopSignals.ToArray().Where(signal => signal != left)], () => Assert.False(SignalMask.IsBlocked()));
        }
    }

    [Fact]
    public void LoopSignals_RealTimeAndFaults_AreNotAmongThem()
    {
        // The runtime stops threads by a real-time signal, and a blocked fault kills without a word.
        int[] untouchable = [4, 5, 6, 7, 8, Signal.SIGKILL, 11, 19, .. Enumerable.Range(32, 33)];

        Assert.Empty(SignalMask.LoopSignals.ToArray().Intersect(untouchable));
    }

    [Fact]
    public void SignalSet_ContainsAll_ComparesSets()
    {
        SignalSet set = SignalSet.Of([1, 9, 64]);

        Assert.True(set.ContainsAll(SignalSet.Of([9, 64])));
        Assert.True(set.ContainsAll(default));
        Assert.False(set.ContainsAll(SignalSet.Of([1, 2])));
    }

    [Fact]
    public void SignalSet_AllCatchable_LacksKillAndStop()
    {
        const int SigStop = 19;
        SignalSet all = SignalSet.AllCatchable();

        Assert.False(all.ContainsAll(SignalSet.Of([Signal.SIGKILL])));
        Assert.False(all.ContainsAll(SignalSet.Of([SigStop])));
        Assert.True(all.ContainsAll(SignalSet.Of([.. Enumerable.Range(1, 64).Except([Signal.SIGKILL, SigStop])])));
    }

    /// <summary>Blocks the signals in this thread only; whatever of them is pending must have been taken at the end.</summary>
    private static unsafe void WithBlocked(int[] signals, Action action)
    {
        SignalSet set = SignalSet.Of(signals);
        SignalSet before;
        SysResult.FromNumber(Libc.pthread_sigmask(SigBlock, &set, &before)).OrThrow("pthread_sigmask");
        try
        {
            action();
        }
        finally
        {
            SysResult.FromNumber(Libc.pthread_sigmask(SigSetMask, &before, null)).OrThrow("pthread_sigmask");
        }
    }

    private static void RaiseHere(int signal) => SysResult.FromNumber(pthread_kill(pthread_self(), signal)).OrThrow("pthread_kill");

#pragma warning disable IDE1006, SYSLIB1054, CA5392 // libc's own names.
    [LibraryImport("libc")]
    private static partial nint pthread_self();

    [LibraryImport("libc")]
    private static partial int pthread_kill(nint thread, int signal);
#pragma warning restore IDE1006, SYSLIB1054, CA5392
}
