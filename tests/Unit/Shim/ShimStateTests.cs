using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Shim;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Shim;

/// <summary>What the shim reads and writes by hand is what the serializer reads and writes.</summary>
public sealed class ShimStateTests
{
    private static readonly DateTimeOffset s_time = new DateTimeOffset(2026, 11, 23, 18, 53, 43, 699, TimeSpan.Zero).AddTicks(1234);

    /// <summary>Every member of the frozen files but those that a shim does not need.</summary>
    public static TheoryData<string, string> Members
    {
        get
        {
            var members = new TheoryData<string, string>();
            foreach (string file in (string[])["process", "process-exec"])
            {
                foreach ((string member, _) in JsonNode.Parse(Sample(file))!.AsObject().Where(member => member.Key != "spec"))
                {
                    members.Add(file, member);
                }
            }

            return members;
        }
    }

    [Fact]
    public void ParseProcess_EveryMember_AsTheSerializerReadsIt()
    {
        var record = new ProcessRecord
        {
            Container = "c",
            Instance = "i",
            Process = "init",
            Action = ProcessAction.Restore,
            Bundle = "/b",
            Runtime = new RuntimeRecord { Name = "crun", Path = "/crun", Root = "/root", Arguments = ["--debug", "ä"] },
            Spec = JsonElement.Parse("{}"),
            Terminal = true,
            Stdio = new StdioRecord { Stdin = new(StreamKind.Fifo, "/in"), Stdout = new(StreamKind.Log), Stderr = new(StreamKind.File, "/err") },
            Log = new LogSettings { Json = true, Path = "/log", MaxSize = 7, MaxFiles = 3, DropWhenFull = true },
            NoPivot = true,
            RestoreFrom = "/images",
            RestoreOptions = new CheckpointOptions { TcpEstablished = true, ShellJob = true, ExtUnixSk = true, EmptyNs = ["network"] },
            RootUid = 4_294_967_295,
            RootGid = 2,
            SharesPids = true,
            OomKillsBefore = 3,
            OomFile = "/oom",
            BootId = "b",
            TimeoutMs = 9,
        };

        ProcessRecord read = ShimState.ParseProcess(JsonSerializer.SerializeToUtf8Bytes(record, StateJson.Default.ProcessRecord));

        read.Spec = record.Spec;
        Assert.Equal(JsonSerializer.Serialize(record, StateJson.Default.ProcessRecord), JsonSerializer.Serialize(read, StateJson.Default.ProcessRecord));
        Assert.DoesNotContain(typeof(ProcessRecord).GetProperties(), property => Equals(property.GetValue(read), property.GetValue(new ProcessRecord())) && property.Name != "Version");
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void ParseProcess_MemberOfAnotherKind_JsonExceptionWithItsName(string file, string member)
    {
        JsonObject node = JsonNode.Parse(Sample(file))!.AsObject();
        node[member] = new JsonArray(new JsonObject());

        JsonException exception = Assert.Throws<JsonException>(() => ShimState.ParseProcess(Encoding.UTF8.GetBytes(node.ToJsonString())));

        Assert.Contains($"'{member}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Running_AsTheSerializerWritesIt()
    {
        var record = new RunningRecord { Pid = 7, StartTicks = 9, BootId = "b", ShimPid = 6, At = s_time };

        string expected = JsonSerializer.Serialize(record, StateJson.Default.RunningRecord);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(ShimState.Of(record))), Encoding.UTF8.GetString(ShimState.Of(record)));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(137, 9)]
    public void Of_Exit_AsTheSerializerWritesIt(int code, int? signal)
    {
        var record = new ExitRecord { Code = code, Signal = signal, CoreDumped = true, OomKilled = true, At = s_time, Source = ExitSource.Waited };

        string expected = JsonSerializer.Serialize(record, StateJson.Default.ExitRecord);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(ShimState.Of(record))), Encoding.UTF8.GetString(ShimState.Of(record)));
    }

    private static string Sample(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "state-v1", $"{name}.json"));
}
