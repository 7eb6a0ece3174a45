using System.Globalization;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>Goes through a log and through what its process has written, side by side: each byte is there, or within a gap of which the log
/// says how large it is, and where.</summary>
/// <param name="path">What was written to stdout.</param>
internal sealed class LogWalk(string path) : IDisposable
{
    private readonly FileStream _expected = File.OpenRead(path);
    private byte[] _buffer = [];

    /// <summary>The last line ended with a newline which the process has not written there; and what comes next is behind a gap.</summary>
    private bool _hasAddedANewline;
    private bool _isBehindAGap;

    /// <summary>How much is missing, by what the log says.</summary>
    public long Missing { get; private set; }

    /// <summary>In so many places.</summary>
    public int Marks { get; private set; }

    /// <summary>As many bytes as this line says are missing; 0 when it says something else.</summary>
    public static long MissingAt(LogContent.Line line)
        => line.Stream == "stderr" && line.Text.StartsWith("shimd: ", StringComparison.Ordinal) ? long.Parse(line.Text.Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    /// <summary>Goes through the log's next file.</summary>
    /// <returns>0.</returns>
    public long Add(string file)
    {
        foreach (LogContent.Line line in LogContent.Read(file))
        {
            if (MissingAt(line) is > 0 and long missing)
            {
                Missing += missing;
                Marks++;
                _expected.Seek(missing, SeekOrigin.Current);
                _hasAddedANewline = false;
                _isBehindAGap = true;
            }
            else
            {
                Match(line.Output);
            }
        }

        return 0;
    }

    public void AssertAtTheEnd() => Assert.Equal(_expected.Length, _expected.Position);

    public void Dispose() => _expected.Dispose();

    private void Match(byte[] output)
    {
        // Only before a gap may a line have an end that the process has not written.
        Assert.False(_hasAddedANewline, $"a newline that is none, before {_expected.Position}");
        long from = _expected.Position;
        bool isThere = IsNext(output, output.Length);
        if (!isThere && _isBehindAGap)
        {
            // The last newline before the gap was ours, and the first byte within it was one, too.
            _expected.Position = --from;
            isThere = IsNext(output, output.Length);
        }

        if (!isThere && output[^1] == (byte)'\n')
        {
            _expected.Position = from;
            _hasAddedANewline = isThere = IsNext(output, output.Length - 1);
        }

        Assert.True(isThere, $"other bytes at {from}");
        _isBehindAGap = false;
    }

    private bool IsNext(byte[] output, int length)
    {
        if (_buffer.Length < length)
        {
            _buffer = new byte[length];
        }

        Span<byte> expected = _buffer.AsSpan(0, length);
        return _expected.ReadAtLeast(expected, length, throwOnEndOfStream: false) == length && expected.SequenceEqual(output.AsSpan(0, length));
    }
}
