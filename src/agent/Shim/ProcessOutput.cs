using Shimd.Early;
using Shimd.Loop;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Shim;

/// <summary>
/// The output of a process as far as it passes through the shim: read from its pipes, or its terminal, shown to whoever is attached,
/// and handed to the log. Both can hold it up, as far as their policies go: then nothing is read, and in the end the process waits.
/// </summary>
internal sealed class ProcessOutput : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>What a pipe can hold at most, by /proc/sys/fs/pipe-max-size as the kernel has it by default.</summary>
    private const int MaxPipeBytes = 1024 * 1024;

    private readonly EventLoop _loop;
    private readonly OutputLog? _log;
    private readonly bool _isTerminal; // of which even a move would be a copy
    private readonly PageBuffer _buffer = PageBuffer.Create(BufferBytes).OrThrow("mmap");

    /// <summary>By stream: stdout, or what comes from a terminal; stderr.</summary>
    private readonly Source?[] _sources = new Source?[2];

    /// <summary>Whose output lies in the buffer, not yet taken by the log.</summary>
    private Source? _held;
    private int _start;
    private int _end;
    private readonly ReadPace _pace = new();
    private readonly Lull _lull;
    private TaskCompletionSource? _settled;

    private ProcessOutput(EventLoop loop, OutputLog? log, bool isTerminal)
    {
        _isTerminal = isTerminal;
        _loop = loop;
        _lull = new Lull(loop, ReleaseMemory);
        _log = log;
        if (log is not null)
        {
            log.OnRoom = GoOn;
        }
    }

    /// <summary>Whoever is attached; null for nobody ever.</summary>
    public AttachHub? Attached
    {
        get;
        set
        {
            field = value;
            value?.OnRoom = GoOn;
        }
    }

    /// <summary>The log, where there is one.</summary>
    public OutputLog? Log => _log;

    /// <summary>Opens what the process's streams need; null when none of them passes through the shim.</summary>
    /// <param name="loop">Where it is served.</param>
    /// <param name="process">What its streams are.</param>
    /// <param name="log">The log's file, where it is open already; taken over.</param>
    /// <exception cref="ShimFailedException">The log cannot be opened.</exception>
    public static ProcessOutput? Open(EventLoop loop, ProcessRecord process, Fd? log)
    {
        string stdout = process.Stdio.Stdout.Kind;
        string stderr = process.Stdio.Stderr.Kind;
        if (stdout is not (StreamKind.Log or StreamKind.Attach) && stderr is not (StreamKind.Log or StreamKind.Attach))
        {
            return null;
        }

        bool hasLog = stdout == StreamKind.Log || stderr == StreamKind.Log;
        OutputLog? opened = !hasLog ? null : OutputLog.Open(loop, process.Log ?? new LogSettings(), ProcessDirectory.Current.Dropped, log);
        return new ProcessOutput(loop, opened, process.Terminal);
    }

    /// <summary>Reads from here on.</summary>
    /// <param name="isError">stderr, else stdout or a terminal.</param>
    /// <param name="isLogged">Its kind is <see cref="StreamKind.Log"/>.</param>
    /// <param name="reader">Non-blocking; taken over.</param>
    public void Add(bool isError, bool isLogged, Fd reader)
    {
        var source = new Source(isError, isLogged && _log is not null, reader);
        _sources[isError ? 1 : 0] = source;
        Watch(source);
    }

    /// <summary>The process has ended: takes what it has written. Who else still holds the other ends is not waited for.</summary>
    public void Drain()
    {
        foreach (Source? source in _sources)
        {
            // What it wrote is within the first pipeful; a child that never stops writing must not hold us.
            for (int bytes = 0, read = 1; source is not null && bytes < MaxPipeBytes && read > 0; bytes += read)
            {
                read = _held is null ? Read(source) : 0;
            }
        }

        _log?.FlushLines();
    }

    /// <summary>As <see cref="Drain"/>; if the log holds it up, waits for it as long as <paramref name="patience"/>, then drops the rest.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        Drain();
        if (_log is { IsFull: true })
        {
            _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using LoopTimer timer = _loop.After(patience, _log.GiveUp);
            await _settled.Task;
            _settled = null;
            Drain();
        }
    }

    /// <summary>Reads on where a shim has left off before it rested.</summary>
    public void Adopt(StdioRecord kinds, RestState before, ReadOnlySpan<byte> pending)
    {
        _log?.Adopt(before, pending);
        Fd? stdout = ShimDescriptors.TakeIfAny(before.Stdout);
        Fd? stderr = ShimDescriptors.TakeIfAny(before.Stderr);
        if (stdout is not null)
        {
            Add(isError: false, kinds.Stdout.Kind == StreamKind.Log, stdout);
        }

        if (stderr is not null)
        {
            Add(isError: true, kinds.Stderr.Kind == StreamKind.Log, stderr);
        }
    }

    /// <summary>Describes it for a shim that is about to rest.</summary>
    /// <returns>False when something is under way.</returns>
    public bool TrySave(ref RestState state, List<byte> pending)
    {
        state.Stdout = _sources[0] is { IsOver: false } stdout ? stdout.Reader.Number : -1;
        state.Stderr = _sources[1] is { IsOver: false } stderr ? stderr.Reader.Number : -1;
        return _held is null && _log?.TrySave(ref state, pending) != false;
    }

    public void Dispose()
    {
        foreach (Source? source in _sources)
        {
            source?.Dispose();
        }

        _log?.Dispose();
        _buffer.Dispose();
    }

    private void Watch(Source source)
    {
        if (source.Watch is null && !source.IsOver)
        {
            source.Watch = _loop.Watch("output of the process", source.Reader, EpollEvents.In, source.OnReady ??= _ => OnReady(source));
        }
    }

    private void OnReady(Source source)
    {
        // Who is attached may be waiting for this before writing more; who reads a log is not.
        if (_pace.WantsPause(source.IsError, Clock.Now()) && Attached is not { HasClients: true })
        {
            Clock.Pause(ReadPace.PauseNanoseconds);
        }

        _pace.OnRead(Read(source), Clock.Now());
    }

    /// <returns>Bytes read; 0 when there is nothing now, or nothing any more.</returns>
    private int Read(Source source)
    {
        if (_held is not null || source.IsOver)
        {
            return 0;
        }

        if (!source.IsLogged && !_isTerminal && Attached?.Move(source.IsError, source.Reader, BufferBytes) is > 0 and int moved)
        {
            return moved;
        }

        SysResult read = source.Reader.Read(_buffer.Span);
        if (read.WouldBlock)
        {
            return 0;
        }

        if (!read.IsOk || read.Value == 0)
        {
            // EIO is how a terminal says that nobody has it open any more.
            source.Dispose();
            return 0;
        }

        _held = source;
        _start = 0;
        _end = (int)read.Value;
        _lull.Moved(read.Value);
        Attached?.Take(source.IsError, _buffer.Span[.._end]);
        Hand();
        return (int)read.Value;
    }

    /// <summary>Gives the log what is held.</summary>
    private void Hand()
    {
        Source source = _held!;
        if (source.IsLogged)
        {
            _start += _log!.Take(source.IsError, _buffer.Span[_start.._end]);
            _ = _log.Flush();
        }
        else
        {
            _start = _end;
        }

        if (_start == _end)
        {
            _held = null;
        }

        if (_held is not null || _log is { IsFull: true } || Attached is { IsFull: true })
        {
            Pause();
        }
    }

    private void ReleaseMemory()
    {
        if (_held is null)
        {
            _buffer.Release();
        }

        _log?.ReleaseMemory();
    }

    /// <summary>A pipe whose writers have gone reports that again and again: it must not be watched meanwhile.</summary>
    private void Pause()
    {
        foreach (Source? source in _sources)
        {
            source?.Watch?.Dispose();
            source?.Watch = null;
        }
    }

    private void GoOn()
    {
        if (_held is not null)
        {
            Hand();
        }

        if (_held is not null || _log is { IsFull: true })
        {
            return;
        }

        _ = _settled?.TrySetResult();
        foreach (Source? source in _sources)
        {
            if (source is not null && Attached is not { IsFull: true })
            {
                Watch(source);
            }
        }
    }

    private sealed class Source(bool isError, bool isLogged, Fd reader) : IDisposable
    {
        public bool IsError { get; } = isError;

        public bool IsLogged { get; } = isLogged;

        public Fd Reader { get; } = reader;

        public Watch? Watch { get; set; }

        public Action<EpollEvents>? OnReady { get; set; }

        public bool IsOver { get; private set; }

        public void Dispose()
        {
            IsOver = true;
            Watch?.Dispose();
            Watch = null;
            Reader.Dispose();
        }
    }
}
