using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>The exit of a resting shim's process: reaped, written down, announced. Where that fails, the runtime goes on from there.</summary>
[SkipLocalsInit]
internal static unsafe class RestingExit
{
    /// <summary>For how long an agent that has been told of an exit is left the processors.</summary>
    public const int PatienceMs = 50;

    private const int Kill = 9;
    private const int MaxCounterBytes = 4096;

    public static void Take(RestState* state)
    {
        state->ExitCode = EarlyLibc.Reap(state->Pid, &state->Signal, &state->IsCoreDumped);
        state->EndedAt = EarlyLibc.Now();
        state->IsReaped = true;
        Pass(state, RestStep.Reaped);
        state->IsOomKilled = state->Signal == Kill && state->OomKillsBefore >= 0 && OomKills(state) > state->OomKillsBefore;
        if (Write(state))
        {
            Pass(state, RestStep.ExitWritten);
            Announce(state->ExitFifo);
            state->IsAnnounced = true;
            Pass(state, RestStep.ExitAnnounced);
        }
    }

    /// <summary>As ExitAnnouncement.</summary>
    private static void Announce(int fifo)
    {
        byte word = 0;
        if (EarlyLibc.Write(fifo, &word, 1) == 1)
        {
            EarlyLibc.PollDescriptor agent;
            agent.Fd = fifo;
            agent.Wanted = 0;
            _ = EarlyLibc.Poll(&agent, 1, PatienceMs);
        }

        _ = EarlyLibc.Close(fifo);
    }

    private static void Pass(RestState* state, RestStep step)
    {
        if (state->CrashAt == step)
        {
            EarlyLibc.Die();
        }
    }

    /// <summary>As ReservedFile.Commit.</summary>
    private static bool Write(RestState* state)
    {
        byte* text = stackalloc byte[ExitText.MaxBytes];
        int length = ExitText.Write(text, state);
        if (EarlyLibc.WriteAt(state->ExitFile, text, (nuint)length, 0) != length
            || EarlyLibc.Truncate(state->ExitFile, length) != 0
            || (!state->IsInMemory && EarlyLibc.Sync(state->ExitFile) != 0))
        {
            return false;
        }

        fixed (byte* reserved = "exit.json.new\0"u8, name = "exit.json\0"u8)
        {
            state->IsNamed = EarlyLibc.Rename(reserved, name) == 0;
        }

        return state->IsNamed && (state->IsInMemory || SyncDirectory());
    }

    private static bool SyncDirectory()
    {
        fixed (byte* here = ".\0"u8)
        {
            int directory = EarlyLibc.Open(here, 0);
            bool synced = EarlyLibc.Sync(directory) == 0;
            _ = EarlyLibc.Close(directory);
            return synced;
        }
    }

    /// <summary>The number behind <c>oom_kill</c>, at the beginning of a line; −1 if there is none.</summary>
    private static long OomKills(RestState* state)
    {
        byte* content = stackalloc byte[MaxCounterBytes];
        int file = EarlyLibc.Open((byte*)&state->OomFile, 0);
        int length = (int)EarlyLibc.Read(file, content, MaxCounterBytes);
        _ = EarlyLibc.Close(file);
        ReadOnlySpan<byte> key = "oom_kill "u8;
        for (int line = 0; line + key.Length < length; line++)
        {
            int matching = 0;
            while (matching < key.Length && content[line + matching] == key[matching])
            {
                matching++;
            }

            if (matching == key.Length && (line == 0 || content[line - 1] == '\n'))
            {
                long number = 0;
                for (int i = line + matching; i < length && content[i] >= '0'; i++)
                {
                    number = (number * 10) + (content[i] - '0');
                }

                return number;
            }
        }

        return -1;
    }
}
