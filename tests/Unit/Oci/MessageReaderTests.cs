using System.Text;
using System.Text.Json;
using Shimd.Oci;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class MessageReaderTests
{
    [Theory]
    [InlineData("""{"verb":"sing"}""", "sing")]
    [InlineData("""{"verb":"Ready"}""", "Ready")]
    [InlineData("""{"verb":1}""", "verb")]
    [InlineData("""{"verb":null}""", "verb")]
    [InlineData("""{}""", "verb")]
    [InlineData("""{"verb":"resize","columns":80.5}""", "columns")]
    [InlineData("""{"verb":"resize","columns":2147483648}""", "columns")]
    [InlineData("""{"verb":"\ud800"}""", "Unicode")]
    [InlineData("null", "object")]
    [InlineData("[]", "object")]
    public void Read_NoSuchMessage_JsonExceptionThatSaysWhy(string json, string why)
        => Assert.Contains(why, Assert.Throws<JsonException>(() => MessageReader.Read<ControlMessage>(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Line_Report_ReadBackAsItWas()
    {
        var report = new ShimReport
        {
            Runtime = new RuntimeOutcome { Name = "crun", Arguments = ["create", "ä\n"], Exit = 1, TimedOutAfterMs = 5, Errno = "EIO", Message = "m", Output = "o" },
        };

        ReadOnlySpan<byte> line = MessageText.Line(report);

        Assert.Equal((byte)'\n', line[^1]);
        Assert.Equal(line.Length - 1, line.IndexOf((byte)'\n'));
        ShimReport read = MessageReader.Read<ShimReport>(line);
        Assert.Equal(report.Runtime.Arguments, read.Runtime!.Arguments);
        Assert.Equal(report.Runtime with { Arguments = read.Runtime.Arguments }, read.Runtime);
        Assert.Equal((null, null), (read.Pid, read.Problem));
        Assert.Equal(new ShimReport { Pid = 7 }, MessageReader.Read<ShimReport>(MessageText.Line(new ShimReport { Pid = 7 })));
        Assert.Equal(new ShimProblem("m", "EIO"), MessageReader.Read<ShimReport>(MessageText.Line(new ShimReport { Problem = new("m", "EIO") })).Problem);
    }
}
