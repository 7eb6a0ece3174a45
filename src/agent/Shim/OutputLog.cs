using System.Text;
using Shimd.Logging;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>
/// Writes what a process says to its log: cuts it into lines, gives each the time at which it came, and writes them together, once a
/// turn. Nothing is allocated for a line. While the log cannot be written, either nothing more is taken, so that in the end the
/// process waits, or what comes is dropped and counted; a try every half second finds out when there is room again.
/// </summary>
internal sealed partial class OutputLog : IDisposable
{
    /// <summary>What one read brings, with what the lines are framed in, goes out with one write, unless they are very short.</summary>
    private const int FlushBytes = 192 * 1024;
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(500);

    private readonly EventLoop _loop;
    private readonly LogFile _file;
    private readonly PageBuffer _memory;
    private readonly DroppedOutput _dropped;

    private Errno _problem;
    private LoopTimer? _retry;
    private int _start;
    private int _end;
    private long _rawBytes;
    private bool _drops;

    private OutputLog(EventLoop loop, LogSettings settings, LogFile file, PageBuffer memory, DroppedOutput dropped)
    {
        _loop = loop;
        _json = settings.Json;
        _frameBytes = LogLine.WriteFrame(_frame, _json, 0, isError: false);
        _file = file;
        _memory = memory;
        _dropped = dropped;
        _drops = settings.DropWhenFull;
    }

    /// <summary>Nothing can be taken: wait for <see cref="OnRoom"/>.</summary>
    public bool IsFull => _problem != Errno.None && !_drops;

    /// <summary>Called when it is no longer <see cref="IsFull"/>.</summary>
    public Action? OnRoom { get; set; }

    private Span<byte> Gathered => _memory.Span[(Streams * LineBytes)..];

    /// <summary>Opens the log.</summary>
    /// <param name="loop">For what is tried again.</param>
    /// <param name="settings">Where and how.</param>
    /// <param name="droppedPath">Where what could not be logged is counted.</param>
    /// <param name="open">Its file, where it is open already; taken over.</param>
    /// <exception cref="ShimFailedException">It cannot be opened.</exception>
    public static OutputLog Open(EventLoop loop, LogSettings settings, string droppedPath, Fd? open = null)
    {
        SysResult<LogFile> file = open is null ? LogFile.Open(settings) : SysResult<LogFile>.Of(new LogFile(settings, open, isWhole: true));
        if (!file.IsOk)
        {
            throw new ShimFailedException($"cannot open the log {settings.Path}", file.Error);
        }

        int room = LogLine.RoomFor(LineBytes, settings.Json);
        PageBuffer memory = PageBuffer.Create((Streams * LineBytes) + FlushBytes + room).OrThrow("mmap");
        return new OutputLog(loop, settings, file.Value!, memory, new DroppedOutput(droppedPath, isNew: open is null));
    }

    /// <summary>Takes output.</summary>
    /// <param name="isError">stderr, else stdout.</param>
    /// <param name="output">As it was read.</param>
    /// <returns>How much was taken; less than all only when it <see cref="IsFull"/>.</returns>
    public int Take(bool isError, ReadOnlySpan<byte> output)
    {
        int stream = isError ? 1 : 0;
        int taken = 0;
        _now = Clock.Now();
        SetFrame(stream);
        while (taken < output.Length && HasRoom())
        {
            taken += TakeLines(stream, output[taken..]);
            if (taken < output.Length && HasRoom())
            {
                taken += TakeLine(stream, output[taken..]);
            }
        }

        if (taken < output.Length && _drops)
        {
            _dropped.Add(output.Length - taken);
            taken = output.Length;
        }

        return taken;
    }

    /// <summary>Writes what was taken, but for lines that have no end yet.</summary>
    /// <returns>False when that is not possible now.</returns>
    public bool Flush()
    {
        if (_problem == Errno.None)
        {
            Write(_end);
        }

        return _problem == Errno.None;
    }

    /// <summary>Writes what was taken, lines that have no end yet as well.</summary>
    public void FlushLines()
    {
        for (int stream = 0; stream < Streams; stream++)
        {
            if (_pending[stream] > 0 && HasRoom())
            {
                SetFrame(stream);
                EndPiece(stream, _pending[stream]);
            }
        }

        _ = Flush();
    }

    /// <summary>A burst is over: its memory goes back, but for lines that have no end yet, and what cannot be written now.</summary>
    public void ReleaseMemory()
    {
        if (_end == 0)
        {
            _memory.Release(_pending[0] + _pending[1] > 0 ? Streams * LineBytes : 0);
        }
    }

    /// <summary>From here on nobody waits for room: what cannot be written is dropped.</summary>
    public void GiveUp()
    {
        _drops = true;
        OnRoom?.Invoke();
    }

    /// <summary>Opens the file by its name once more. Errors: those of <see cref="LogFile.Open"/>.</summary>
    public SysResult Reopen()
    {
        _ = Flush();
        return _file.Reopen();
    }

    /// <summary>The last word: what is still unwritten counts as dropped.</summary>
    public void Dispose()
    {
        FlushLines();
        _retry?.Dispose();
        if (_problem != Errno.None)
        {
            // Of what was gathered some may have been written: at most so much is lost.
            _dropped.Add(_rawBytes + _pending[0] + _pending[1]);
            ShimLog.Error("log", _dropped.Words(_problem));
        }

        _dropped.Save();
        _file.Dispose();
        _memory.Dispose();
    }

    private bool HasRoom() => _end < FlushBytes || Flush();

    /// <summary>Writes what was gathered up to there.</summary>
    private void Write(int end)
    {
        while (_start < end)
        {
            SysResult written = _file.Write(Gathered[_start..end]);
            if (!written.IsOk)
            {
                Fail(written.Error);
                return;
            }

            _start += (int)written.Value;
        }

        if (_start == _end)
        {
            _start = _end = 0;
        }

        _rawBytes = 0;
    }

    private void Fail(Errno problem)
    {
        if (_problem == Errno.None)
        {
            ShimLog.Error("log", $"{problem.Describe()}; {(_drops ? "output is dropped" : "output waits")} until it can be written");
        }

        _problem = problem;
        _retry = _loop.After(s_retry, Retry);
    }

    private void Retry()
    {
        Errno problem = _problem;
        _problem = Errno.None;
        Write(_end);
        if (_problem == Errno.None && _dropped.UnmarkedBytes > 0)
        {
            Mark(problem);
        }

        _dropped.Save();
        if (!IsFull)
        {
            OnRoom?.Invoke();
        }
    }

    /// <summary>Says in the log what is missing there.</summary>
    private void Mark(Errno problem)
    {
        _now = Clock.Now();
        for (int stream = 0; stream < Streams; stream++)
        {
            SetFrame(stream);
            if ((_pending[stream] > 0 || _isBegun[stream]) && HasRoom())
            {
                // The end of this line is among what is lost; what comes next must not be taken for it.
                Line(stream)[_pending[stream]++] = (byte)'\n';
                EndPiece(stream, _pending[stream]);
            }
        }

        if (HasRoom())
        {
            string words = _dropped.Words(problem);
            Append(1, Encoding.ASCII.GetBytes($"shimd: {words}\n"));
            ShimLog.Step("log", words);
            _dropped.Marked();
        }

        _ = Flush();
    }
}
