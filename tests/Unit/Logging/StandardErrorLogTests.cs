using System.Text;
using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Unit.Logging;

public sealed class StandardErrorLogTests : IDisposable
{
    private const int Many = 20_000;

    private readonly Pipe _stderr = Pipe.Create().OrThrow("pipe2");

    [Fact]
    public void Log_ALine_IsThereAtOnce()
    {
        using var log = new StandardErrorLog(new TextLogFormatter(), _stderr.Writer);

        log.CreateLogger("shimd").Log(LogLevel.Information, new EventId(7), "hello", null, static (text, _) => text);

        Assert.EndsWith(" info: shimd[7] hello\n", Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void Log_NobodyReads_NeverWaitsAndSaysLaterWhatIsMissing()
    {
        using var log = new StandardErrorLog(new TextLogFormatter(), _stderr.Writer);
        ILogger logger = log.CreateLogger("shimd");
        for (int i = 0; i < Many; i++)
        {
            string line = $"line {i} of many";
            logger.Log(LogLevel.Information, default, line, null, static (text, _) => text);
        }

        string first = ReadAll(logger);

        string[] lines = first.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] numbered = [.. lines.Where(line => line.EndsWith(" of many", StringComparison.Ordinal))];
        Assert.All(numbered.Index(), line => Assert.EndsWith($"line {line.Index} of many", line.Item, StringComparison.Ordinal));
        string missing = Assert.Single(lines, line => line.Contains("are missing here", StringComparison.Ordinal));
        Assert.Contains($"] {Many - numbered.Length} lines", missing, StringComparison.Ordinal);
    }

    [Fact]
    public void TrySend_TheReaderReadsAgain_SendsWhatIsLeft()
    {
        using var log = new StandardErrorLog(new TextLogFormatter(), _stderr.Writer);
        int unsent = 0;
        log.OnUnsent = () => unsent++;
        ILogger logger = log.CreateLogger("shimd");
        while (unsent == 0)
        {
            logger.Log(LogLevel.Information, default, "line", null, static (text, _) => text);
        }

        logger.Log(LogLevel.Information, default, "the last", null, static (text, _) => text);
        Assert.False(log.TrySend());
        _ = Read();

        Assert.True(log.TrySend());
        Assert.Equal(1, unsent);
        Assert.EndsWith(" the last\n", Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void Log_TheReaderHasGone_LogsOn()
    {
        using var log = new StandardErrorLog(new TextLogFormatter(), _stderr.Writer);
        _stderr.Reader.Dispose();

        log.CreateLogger("shimd").Log(LogLevel.Information, default, "hello", null, static (text, _) => text);
        log.CreateLogger("shimd").Log(LogLevel.Information, default, "hello", null, static (text, _) => text);
    }

    public void Dispose() => _stderr.Dispose();

    /// <summary>Reads until what was logged last is there.</summary>
    private string ReadAll(ILogger logger)
    {
        StringBuilder all = new();
        while (!all.ToString().Contains("the last", StringComparison.Ordinal))
        {
            _ = all.Append(Read());
            logger.Log(LogLevel.Information, default, "the last", null, static (text, _) => text);
        }

        return all.ToString();
    }

    private string Read()
    {
        byte[] buffer = new byte[1024 * 1024];
        return Encoding.UTF8.GetString(buffer, 0, (int)_stderr.Reader.Read(buffer).OrThrow("read"));
    }
}
