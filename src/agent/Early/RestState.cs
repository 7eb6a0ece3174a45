using System.Runtime.CompilerServices;

namespace Shimd.Early;

/// <summary>
/// What a shim knows, handed from one image of its process to the next in a memfd. The same binary, /proc/self/exe, writes and reads
/// it, so it is the struct as it lies. Descriptors are by number, −1 for none.
/// </summary>
internal struct RestState
{
    /// <summary>Bytes for the path of a control group's file, with a NUL behind it.</summary>
    public const int MaxPathBytes = 1024;

    /// <summary>The process that the shim is for.</summary>
    public int Pid;

    /// <summary>How often it was woken.</summary>
    public int Wakes;

    public int Control;
    public int ExitFifo;

    /// <summary>exit.json.new: room for the exit.</summary>
    public int ExitFile;

    /// <summary>The file system is memory: there is nothing to sync.</summary>
    public bool IsInMemory;

    public int Stdout;
    public int Stderr;
    public int Log;

    /// <summary>Bytes of a line on stdout, and one on stderr, whose ends have not come: they lie behind this struct, one after the other.</summary>
    public int StdoutPending;
    public int StderrPending;

    /// <summary>The beginning of such a line is in the log already.</summary>
    public bool IsStdoutBegun;
    public bool IsStderrBegun;

    /// <summary>Output that could not be logged, in bytes.</summary>
    public long DroppedBytes;

    public int StdinHold;
    public int StdinWriter;
    public int Terminal;
    public int TerminalSource;
    public int TerminalTarget;

    /// <summary>The kills of the OOM killer in the process's control group when it was started; −1: not known.</summary>
    public long OomKillsBefore;

    /// <summary>Where they are counted: a path.</summary>
    public PathBytes OomFile;

    /// <summary>For tests: the step at which the shim kills itself, see CrashPoint. 0 for none.</summary>
    public RestStep CrashAt;

    /// <summary>The process was reaped; the members below say how it ended.</summary>
    public bool IsReaped;
    public int ExitCode;
    public int Signal;
    public bool IsCoreDumped;
    public bool IsOomKilled;

    /// <summary>Nanoseconds since 1970.</summary>
    public long EndedAt;

    /// <summary>exit.json has its name, though perhaps not for good, on the disk.</summary>
    public bool IsNamed;

    /// <summary>exit.json is written, and the exit fifo closed.</summary>
    public bool IsAnnounced;

    /// <summary>A path, ended by NUL.</summary>
    [InlineArray(MaxPathBytes)]
    public struct PathBytes
    {
        private byte _first;
    }
}

/// <summary>The steps of an exit.</summary>
internal enum RestStep
{
    None,
    Reaped,
    ExitWritten,
    ExitAnnounced,
}
