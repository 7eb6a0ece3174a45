using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Oci;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

public sealed class RecordReaderTests
{
    private static readonly string s_directory = Path.Combine(AppContext.BaseDirectory, "Fixtures", "state-v1");

    /// <summary>Every member of every frozen file.</summary>
    public static TheoryData<string, string> Members
    {
        get
        {
            var members = new TheoryData<string, string>();
            foreach (string file in Directory.GetFiles(s_directory))
            {
                foreach ((string member, _) in JsonNode.Parse(File.ReadAllText(file))!.AsObject().Where(m => m.Key is not ("version" or "spec")))
                {
                    members.Add(Path.GetFileNameWithoutExtension(file), member);
                }
            }

            return members;
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Read_MemberOfAnotherKind_JsonExceptionWithItsName(string file, string member)
    {
        JsonObject node = JsonNode.Parse(File.ReadAllText(Path.Combine(s_directory, file + ".json")))!.AsObject();
        node[member] = new JsonArray(new JsonObject());

        JsonException exception = Assert.Throws<JsonException>(() => Read(file, node.ToJsonString()));

        // A nested object says of itself that it is none.
        Assert.True(exception.Message.Contains($"'{member}'", StringComparison.Ordinal) || member is "runtime" or "stdio", exception.Message);
    }

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
        => Assert.Contains(why, Assert.Throws<JsonException>(() => RecordReader.Read<ControlMessage>(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Line_Report_ReadBackAsItWas()
    {
        var report = new ShimReport
        {
            Runtime = new RuntimeOutcome { Name = "crun", Arguments = ["create", "ä\n"], Exit = 1, TimedOutAfterMs = 5, Errno = "EIO", Message = "m", Output = "o" },
        };

        ReadOnlySpan<byte> line = RecordText.Line(report);

        Assert.Equal((byte)'\n', line[^1]);
        Assert.Equal(line.Length - 1, line.IndexOf((byte)'\n'));
        ShimReport read = RecordReader.Read<ShimReport>(line);
        Assert.Equal(report.Runtime.Arguments, read.Runtime!.Arguments);
        Assert.Equal(report.Runtime with { Arguments = read.Runtime.Arguments }, read.Runtime);
        Assert.Equal((null, null), (read.Pid, read.Problem));
        Assert.Equal(new ShimReport { Pid = 7 }, RecordReader.Read<ShimReport>(RecordText.Line(new ShimReport { Pid = 7 })));
        Assert.Equal(new ShimProblem("m", "EIO"), RecordReader.Read<ShimReport>(RecordText.Line(new ShimReport { Problem = new("m", "EIO") })).Problem);
    }

    private static void Read(string file, string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        _ = file.Split('-')[0] switch
        {
            "container" => (IRecord)RecordReader.Read<ContainerRecord>(bytes),
            "process" => RecordReader.Read<ProcessRecord>(bytes),
            "running" => RecordReader.Read<RunningRecord>(bytes),
            _ => RecordReader.Read<ExitRecord>(bytes),
        };
    }
}
