using System.Globalization;
using System.Runtime.InteropServices;
using Shimd.Early;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>What a shim consists of once its process runs.</summary>
internal sealed record ShimParts(
    ShimDescriptors Descriptors, ReservedFile ExitRecord, ContainerProcess Container, ControlServer Control, ProcessStreams Streams);

/// <summary>
/// Sends an idle shim to rest: it executes itself, and what it was is left to <see cref="RestingShim"/>, in a tenth of the memory. It is
/// the same process, with the same children, locks and descriptors. Who is woken again and again, or never found idle, is sent to rest less readily.
/// </summary>
internal sealed class ShimRest : IDisposable
{
    private const string Argument = "rest";
    private const int MaxDoublings = 8;
    private static readonly TimeSpan s_maxIdle = TimeSpan.FromSeconds(64);

    private readonly EventLoop _loop;
    private readonly string[] _arguments;
    private readonly ShimParts _parts;
    private readonly int _wakes;
    private TimeSpan _idle;
    private long _turns;
    private LoopTimer? _timer;

    /// <param name="loop">Whose idleness counts.</param>
    /// <param name="arguments">Of this process.</param>
    /// <param name="parts">What has to outlive the rest.</param>
    /// <param name="wakes">How often it has rested before.</param>
    public ShimRest(EventLoop loop, string[] arguments, ShimParts parts, int wakes)
    {
        _loop = loop;
        _arguments = arguments;
        _parts = parts;
        _wakes = wakes;
        _idle = FirstIdle() * (1 << Math.Min(wakes, MaxDoublings));
        Arm();
    }

    /// <summary>What the shim knew when it went to rest; null if it has not.</summary>
    /// <param name="arguments">Of this process.</param>
    /// <param name="pending">The output that was not yet in the log.</param>
    public static RestState? Before(string[] arguments, out byte[] pending)
    {
        pending = [];
        if (arguments is not ["shim", _, _, Argument, { } number])
        {
            return null;
        }

        using Fd memory = ShimDescriptors.TakeIfAny(int.Parse(number, CultureInfo.InvariantCulture))!;
        RestState state = default;
        SysResult read = NativeFile.ReadAt(memory, Bytes(ref state), 0);
        if (read.IsOk && state.StdoutPending + state.StderrPending > 0)
        {
            pending = new byte[state.StdoutPending + state.StderrPending];
            read = NativeFile.ReadAt(memory, pending, Bytes(ref state).Length);
        }

        return read.IsOk ? state : throw new SysException("read what the shim has left for itself", read.Error);
    }

    /// <summary>The end of a process whose shim rested.</summary>
    public static ProcessEnd EndOf(RestState before) => new(
        new WaitStatus(before.ExitCode, before.Signal, before.IsCoreDumped),
        before.IsOomKilled,
        DateTimeOffset.UnixEpoch.AddTicks(before.EndedAt / TimeSpan.NanosecondsPerTick));

    public void Dispose() => _timer?.Dispose();

    private static TimeSpan FirstIdle()
        => int.TryParse(Environment.GetEnvironmentVariable(ProcessDirectory.RestVariable), CultureInfo.InvariantCulture, out int milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.FromMilliseconds(250);

    private static Span<byte> Bytes(ref RestState state) => MemoryMarshal.AsBytes(new Span<RestState>(ref state));

    private void Arm()
    {
        _turns = _loop.Turns;
        _timer = _loop.After(_idle, Consider);
    }

    private void Consider()
    {
        // The timer itself was one turn.
        if (_loop.Turns > _turns + 1 || _loop.IsBusy || _parts.Control.IsBusy || !TryRest())
        {
            _idle = _idle < s_maxIdle ? 2 * _idle : s_maxIdle;
            Arm();
        }
    }

    /// <returns>False when something is under way; true when it is not possible at all.</returns>
    private bool TryRest()
    {
        RestState state = Initial();
        List<byte> pending = [];
        if (!_parts.Container.TrySave(ref state) || !_parts.Streams.TrySave(ref state, pending))
        {
            return false;
        }

        SysResult<Fd> memory = NativeFile.CreateInMemory("shimd rest");
        using Fd? file = memory.Value;
        SysResult saved = file?.WriteAll([.. Bytes(ref state), .. pending]) ?? SysResult.Fail(memory.Error);
        if (!saved.IsOk)
        {
            ShimLog.Error("rest", saved.Error.Describe());
            return true;
        }

        Span<int> kept =
        [
            file!.Number, _parts.Descriptors.Image, state.Control, state.ExitFifo, ShimDescriptors.Lock, state.ExitFile, state.Stdout, state.Stderr, state.Log,
            state.StdinHold, state.StdinWriter, state.Terminal, state.TerminalSource, state.TerminalTarget,
        ];
        Keep(kept, true);
        SysResult failed = ProcessControl.Execute(
            "/proc/self/exe", ["shimd", "shim", _arguments[1], _arguments[2], Argument, file.Number.ToString(CultureInfo.InvariantCulture)], null);
        Keep(kept, false);
        ShimLog.Error("rest", failed.Error.Describe());
        return true;
    }

    private RestState Initial() => new()
    {
        Wakes = _wakes,
        Control = ShimDescriptors.Control,
        ExitFifo = ShimDescriptors.Exit,
        ExitFile = _parts.ExitRecord.Fd.Number,
        IsInMemory = _parts.ExitRecord.IsInMemory,
        Stdout = -1,
        Stderr = -1,
        Log = -1,
        StdinHold = -1,
        StdinWriter = -1,
        Terminal = -1,
        TerminalSource = -1,
        TerminalTarget = -1,
        CrashAt = CrashPoint.IsSetInShim(CrashPoint.ShimReaped) ? RestStep.Reaped
            : CrashPoint.IsSetInShim(CrashPoint.ShimExitWritten) ? RestStep.ExitWritten
            : CrashPoint.IsSetInShim(CrashPoint.ShimExitAnnounced) ? RestStep.ExitAnnounced
            : RestStep.None,
    };

    private static void Keep(ReadOnlySpan<int> numbers, bool keep)
    {
        foreach (int number in numbers)
        {
            if (number >= 0)
            {
                using var fd = new Fd(number, owned: false);
                (keep ? fd.KeepOnExec() : fd.CloseOnExec()).OrThrow("fcntl F_SETFD");
            }
        }
    }
}
