using System.Runtime.CompilerServices;
using Shimd.Native;

namespace Shimd.Early;

/// <summary>
/// The first steps of a shim whose process needs nothing of it but to be started: its streams are files that the agent has passed, or none. The OCI runtime is called
/// here, and works while the .NET runtime starts (ADR 0014). Where a step fails, none of the later ones is done, and ShimMain does them all again, and can say what is wrong.
/// </summary>
[SkipLocalsInit]
internal static unsafe class StartingShim
{
    /// <summary>Descriptors that the agent gives a shim: its lock, the first of three streams, and the sealed copy of the runtime's program.</summary>
    public const int Lock = 6;
    public const int FirstStdio = 7;
    public const int Program = 11;

    /// <summary><c>shimd shim CONTAINER PROCESS start PID EXITFILE TIME PROGRAM [ARGUMENT…]</c>: the last are the runtime's own argv.</summary>
    public const int FirstOfRuntime = 8;

    /// <summary>Digits of the three numbers, which are zeros until they are written here. 18 are as many as a long has for certain.</summary>
    public const int NumberDigits = 18;

    private const int RuntimePid = 5;
    private const int ExitFile = 6;
    private const int Time = 7;
    private const int Streams = 3;
    private const int MaxPathBytes = 32;

    /// <summary>Below it are those that the agent gives a shim. One that is not given stays closed.</summary>
    private const int FreeDescriptors = EarlyLibc.ImageDescriptor + 1;

    /// <summary>As ReservedFile.</summary>
    private const int ReservedBytes = 4096;

    /// <summary>Starts what the arguments say, and puts down in them what there is then: the runtime's pid, and the descriptor of exit.json.new.</summary>
    /// <param name="count">Of the arguments; the environment lies behind them.</param>
    /// <param name="arguments">Of the process.</param>
    public static void Run(int count, byte** arguments)
    {
        fixed (byte* name = "shimd\0"u8)
        {
            EarlyLibc.SetProcessName(name);
        }

        if (LimitOpenFiles() && EarlyLibc.BecomeSubreaper() && SignLock() && Reserve(arguments[ExitFile]))
        {
            _ = EarlyText.Put(arguments[Time], EarlyLibc.MonotonicNow(), NumberDigits);
            _ = EarlyText.Put(arguments[RuntimePid], Spawn(arguments + FirstOfRuntime, arguments + count + 1), NumberDigits);
        }
    }

    /// <summary>The agent has raised its own limit; what we start must not inherit that.</summary>
    private static bool LimitOpenFiles()
    {
        fixed (byte* variable = "SHIMD_SHIM_NOFILE\0"u8)
        {
            byte* limit = EarlyLibc.Environment(variable);
            long soft = limit == null ? 0 : EarlyText.Number(limit);
            return soft == 0 || EarlyLibc.LimitOpenFiles((ulong)soft);
        }
    }

    /// <summary>Should we be killed, what we have called of the runtime is found by our session.</summary>
    private static bool SignLock()
    {
        byte* text = stackalloc byte[MaxPathBytes];
        byte* end = EarlyText.Put(text, EarlyLibc.Pid(), 1);
        *end++ = (byte)'\n';
        return EarlyLibc.WriteAt(Lock, text, (nuint)(end - text), 0) == end - text;
    }

    /// <summary>Room for the exit, before there is anything that could have one.</summary>
    private static bool Reserve(byte* number)
    {
        byte* nothing = stackalloc byte[ReservedBytes];
        for (int i = 0; i < ReservedBytes; i++)
        {
            nothing[i] = 0;
        }

        fixed (byte* name = "exit.json.new\0"u8)
        {
            int file = EarlyLibc.CreateAbove(FreeDescriptors, name);
            bool isReserved = EarlyLibc.WriteAt(file, nothing, ReservedBytes, 0) == ReservedBytes;
            if (isReserved)
            {
                _ = EarlyText.Put(number, file, NumberDigits);
            }
            else
            {
                _ = EarlyLibc.Close(file);
            }

            return isReserved;
        }
    }

    /// <summary>As ChildProcess: in a process group of its own, with no signal blocked, and no descriptor but the streams.</summary>
    /// <returns>The pid; 0 where it could not be started.</returns>
    private static int Spawn(byte** program, byte** environment)
    {
        EarlyLibc.SpawnPlan plan;
        bool isReady = EarlyLibc.Begin(&plan);
        for (int stream = Streams - 1; stream >= 0 && isReady; stream--)
        {
            // Where none was passed it is /dev/null, as our own first two are; our third is our log.
            int passed = FirstStdio + stream;
            int source = EarlyLibc.Control(passed, EarlyLibc.GetFlags, 0) >= 0 ? passed : stream < 2 ? stream : 1;
            isReady = EarlyLibc.AddDuplicate(&plan.Actions, source, stream) == 0;
        }

        byte* copy = stackalloc byte[MaxPathBytes];
        int pid;
        return isReady
            && EarlyLibc.AddCloseFrom(&plan.Actions, Streams) == 0
            && EarlyLibc.Spawn(&pid, HasCopy(copy) ? copy : program[0], &plan.Actions, &plan.Attributes, program, environment) == 0 ? pid : 0;
    }

    /// <summary>The sealed copy of the runtime's program, by our own number: the child has other descriptors.</summary>
    private static bool HasCopy(byte* path)
    {
        byte* at = EarlyText.Put(path, "/proc/"u8);
        at = EarlyText.Put(EarlyText.Put(at, EarlyLibc.Pid(), 1), "/fd/11\0"u8);
        return EarlyLibc.Control(Program, EarlyLibc.GetFlags, 0) >= 0;
    }
}
