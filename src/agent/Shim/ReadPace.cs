using Shimd.Native;

namespace Shimd.Shim;

/// <summary>
/// How soon output is read. A process that writes line by line, faster than we can be woken for each, would have us read a few lines
/// at a time with all of a processor, and itself woken for each of our reads. After a few such reads, one soon after the other, a
/// pause lets lines gather. It is shorter than a pipe takes to fill up, and a line that comes alone never waits.
/// </summary>
internal sealed class ReadPace
{
    /// <summary>What comes sooner than that after what came before is part of a stream.</summary>
    private const long SoonNanoseconds = 200_000;

    /// <summary>How long a pause is.</summary>
    public const long PauseNanoseconds = 100_000;

    /// <summary>So many small reads make a stream.</summary>
    private const int Streak = 8;

    /// <summary>A read of so many bytes is worth its while without a pause, and after one shows that the pipe was about to be full.</summary>
    private const int LargeBytes = 16 * 1024;
    private const int NearlyFullBytes = 48 * 1024;

    private long _last;
    private int _streak;
    private bool _isError;
    private bool _paused;

    /// <summary>Whether to pause before a read. While both streams speak never, so that their lines stay in the order in which they
    /// came.</summary>
    /// <param name="isError">Which stream is to be read.</param>
    /// <param name="now">By <see cref="Clock.Now"/>.</param>
    public bool WantsPause(bool isError, long now)
    {
        if (isError != _isError || now - _last is < 0 or > SoonNanoseconds)
        {
            _streak = 0;
        }

        _isError = isError;
        _paused = _streak >= Streak;
        return _paused;
    }

    /// <param name="bytes">As many were read.</param>
    /// <param name="now">By <see cref="Clock.Now"/>.</param>
    public void OnRead(int bytes, long now)
    {
        _last = now;
        _streak = bytes < (_paused ? NearlyFullBytes : LargeBytes) ? Math.Min(_streak + 1, Streak) : 0;
    }
}
