using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// A shim with nothing to do. It waits, in some 100 KB of memory, for what only the runtime can deal with, and starts that then. An
/// exit it deals with alone, so that it is known no later than by a shim that is awake.
/// </summary>
[SkipLocalsInit]
internal static unsafe class RestingShim
{
    private const int Descriptors = 6;
    private const int Signals = 0;
    private const int FirstOutput = 2;
    private const int SignalInfoBytes = 128;

    /// <summary>Returns when the runtime is needed: something came on a socket or from the process, or the process has ended.</summary>
    /// <param name="memory">A memfd with the <see cref="RestState"/>, brought up to date.</param>
    public static void Run(int memory)
    {
        fixed (byte* name = "shimd\0"u8)
        {
            EarlyLibc.SetProcessName(name);
        }

        RestState state;
        if (EarlyLibc.ReadAt(memory, &state, (nuint)sizeof(RestState), 0) == sizeof(RestState))
        {
            Wait(&state);
            state.Wakes++;
            _ = EarlyLibc.WriteAt(memory, &state, (nuint)sizeof(RestState), 0);
        }
    }

    private static void Wait(RestState* state)
    {
        byte* info = stackalloc byte[SignalInfoBytes];
        EarlyLibc.PollDescriptor* descriptors = stackalloc EarlyLibc.PollDescriptor[Descriptors];
        int signals = EarlyLibc.ChildSignals();
        if (signals < 0)
        {
            return;
        }

        Watch(descriptors, signals);
        Watch(descriptors + 1, state->Control);
        Watch(descriptors + FirstOutput, state->Stdout);
        Watch(descriptors + 3, state->Stderr);
        Watch(descriptors + 4, state->TerminalSource);
        Watch(descriptors + 5, state->TerminalTarget < 0 ? -1 : state->Terminal);

        // A child that has ended by now may have had its signal taken already.
        while (!HasEnded(state, descriptors))
        {
            _ = EarlyLibc.Poll(descriptors, Descriptors, -1);
            if ((descriptors[Signals].Ready & EarlyLibc.POLLIN) != 0)
            {
                _ = EarlyLibc.Read(descriptors[Signals].Fd, info, SignalInfoBytes);
            }
            else if (IsReady(descriptors, 1))
            {
                break;
            }
        }

        _ = EarlyLibc.Close(signals);
    }

    private static void Watch(EarlyLibc.PollDescriptor* descriptor, int fd)
    {
        descriptor->Fd = fd;
        descriptor->Wanted = EarlyLibc.POLLIN;
        descriptor->Ready = 0;
    }

    /// <summary>Whether one has something to read, or is broken. Of one that has nothing but an end no more is asked: its process may live on.</summary>
    private static bool IsReady(EarlyLibc.PollDescriptor* descriptors, int first)
    {
        for (int i = first; i < Descriptors; i++)
        {
            if (descriptors[i].Ready == EarlyLibc.POLLHUP)
            {
                descriptors[i].Fd = -1;
            }
            else if (descriptors[i].Fd >= 0 && descriptors[i].Ready != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reaps who has ended. What the process said last must be in the log before its end is known: where there is such output,
    /// it is left for the runtime to reap.</summary>
    private static bool HasEnded(RestState* state, EarlyLibc.PollDescriptor* descriptors)
    {
        int signal;
        bool coreDumped;
        for (int pid = EarlyLibc.EndedChild(); pid > 0; pid = EarlyLibc.EndedChild())
        {
            if (pid == state->Pid)
            {
                _ = EarlyLibc.Poll(descriptors, Descriptors, 0);
                if (state->StdoutPending + state->StderrPending == 0 && !IsReady(descriptors, FirstOutput))
                {
                    RestingExit.Take(state);
                }

                return true;
            }

            _ = EarlyLibc.Reap(pid, &signal, &coreDumped);
        }

        return false;
    }
}
