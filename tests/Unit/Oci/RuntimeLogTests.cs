using System.Text;
using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class RuntimeLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LogPath => _directory["runtime.log"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("""{"msg":"no such file","level":"error","time":"2026"}""", "no such file")]
    [InlineData("""{"msg":"dead","level":"fatal"}""", "dead")]
    [InlineData("""{"msg":"dead","level":"panic"}""", "dead")]
    [InlineData("""{"msg":"without a level"}""", "without a level")]
    [InlineData("""{"msg":"größe ü","level":"error"}""", "größe ü")]
    [InlineData("  not JSON at all \t", "not JSON at all")]
    [InlineData("{\"msg\":\"torn", "{\"msg\":\"torn")]
    public void ErrorIn_Error_IsItsMessage(string line, string message) => Assert.Equal(message, RuntimeLog.ErrorIn(line));

    [Theory]
    [InlineData("""{"msg":"cgroup is hybrid","level":"warning"}""")]
    [InlineData("""{"msg":"x","level":"info"}""")]
    [InlineData("""{"msg":"x","level":"debug"}""")]
    [InlineData("""{"msg":"x","level":7}""")]
    [InlineData("""{"msg":7,"level":"error"}""")]
    [InlineData("""{"level":"error"}""")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[]")]
    public void ErrorIn_OtherLine_Null(string line) => Assert.Null(RuntimeLog.ErrorIn(line));

    [Fact]
    public void ErrorIn_LoneSurrogate_DoesNotThrow()
    {
        // System.Text.Json parses it, and throws only when the string is asked for.
        Exception? thrown = Record.Exception(() => RuntimeLog.ErrorIn("""{"msg":"bad \ud800 name","level":"error"}"""));

        Assert.Null(thrown);
    }

    [Fact]
    public void ReadErrors_SeveralLines_OnlyTheErrorsALineEach()
    {
        File.WriteAllText(LogPath, """
            {"msg":"first","level":"error"}
            {"msg":"chatter","level":"debug"}

            second, not JSON
            {"msg":"third","level":"fatal"}

            """);

        Assert.Equal("first\nsecond, not JSON\nthird", RuntimeLog.ReadErrors(LogPath, 0));
    }

    [Fact]
    public void ReadErrors_FromAnOffset_OnlyWhatCameAfterIt()
    {
        const string Before = "{\"msg\":\"of another call\",\"level\":\"error\"}\n";
        File.WriteAllText(LogPath, Before + "{\"msg\":\"of this one\",\"level\":\"error\"}\n");

        Assert.Equal("of this one", RuntimeLog.ReadErrors(LogPath, Before.Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void ReadErrors_NothingThere_IsEmpty(long offset)
    {
        Assert.Equal("", RuntimeLog.ReadErrors(LogPath, offset));

        File.WriteAllText(LogPath, "");
        Assert.Equal("", RuntimeLog.ReadErrors(LogPath, offset));
    }

    [Fact]
    public void ReadErrors_MoreThanTheTail_BeginsWithAWholeMessage()
    {
        var log = new StringBuilder();
        for (int i = 0; i < 5000; i++)
        {
            log.Append("{\"msg\":\"message number ").Append(i).Append("\",\"level\":\"error\"}\n");
        }

        File.WriteAllText(LogPath, log.ToString());

        string[] errors = RuntimeLog.ReadErrors(LogPath, 0).Split('\n');

        Assert.InRange(errors.Length, 1000, 4999);
        Assert.Equal("message number 4999", errors[^1]);
        Assert.All(errors, error => Assert.StartsWith("message number ", error, StringComparison.Ordinal));
    }
}
