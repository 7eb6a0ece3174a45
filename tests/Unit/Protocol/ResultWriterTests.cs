using Shimd.Protocol;
using Xunit;
using static Shimd.Tests.Unit.Protocol.Samples;

namespace Shimd.Tests.Unit.Protocol;

public sealed class ResultWriterTests : IDisposable
{
    private readonly LineWriter _writer = new();

    public void Dispose() => _writer.Dispose();

    [Fact]
    public void WriteResult_Empty_Golden()
    {
        Assert.True(_writer.WriteResult(Id("1"), EmptyResult.Instance));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_EscapedId_EchoedAsItCame()
    {
        _writer.WriteResult(Id("\"\\u0061\\n\""), EmptyResult.Instance);
        Assert.Equal("""{"jsonrpc":"2.0","id":"\u0061\n","result":{}}""" + "\n", _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_CreatedContainer_NullsWritten()
    {
        _writer.WriteResult(Id("1"), Container());
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"id":"web","instance":"01JD","bundle":"/srv/web","runtime":"crun","status":"created","pid":null,"createdAt":"2026-11-23T18:53:43.699Z","startedAt":null,"exit":null,"labels":{"größe":"<a&b>'\"\\"},"processes":["init"]}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_StoppedProcess_Golden()
    {
        ProcessInfo process = new()
        {
            Id = "web",
            Process = "init",
            Pid = 812,
            Status = "stopped",
            Terminal = false,
            Args = ["sh", "-c", "exit\n1"],
            StartedAt = Time,
            Exit = Exit(),
        };
        _writer.WriteResult(Id("1"), process);
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"id":"web","process":"init","pid":812,"status":"stopped","terminal":false,"args":["sh","-c","exit\n1"],"startedAt":"2026-11-23T18:53:43.699Z","exit":{"code":137,"signal":"SIGKILL","coreDumped":false,"oomKilled":true,"at":"2026-11-23T18:53:43.699Z","source":"waited"}}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_LostExit_CodeNullAndReason()
    {
        ExitInfo exit = new() { CoreDumped = false, OomKilled = false, At = Time, Source = ExitSources.Lost, Reason = "the shim was killed" };
        _writer.WriteResult(Id("1"), exit);
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"code":null,"signal":null,"coreDumped":false,"oomKilled":false,"at":"2026-11-23T18:53:43.699Z","source":"lost","reason":"the shim was killed"}}""" + "\n",
            _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_ExecWithOutput_TextOrBase64()
    {
        ProcessInfo process = new() { Id = "web", Process = "x1", Status = "stopped", Terminal = false, Args = ["id"] };
        _writer.WriteResult(Id("1"), ExecResult.From(process).WithOutput("uid=0\n"u8, [0xFF]));
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"id":"web","process":"x1","pid":null,"status":"stopped","terminal":false,"args":["id"],"startedAt":null,"exit":null,"stdout":"uid=0\n","stderrBase64":"/w=="}}""" + "\n",
            _writer.TakeAll());
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x22)]
    [InlineData(0x78)]
    [InlineData(0xFF)]
    public void WriteResult_ExecWithWorstOutput_FitsALine(byte fill)
    {
        byte[] output = new byte[20_000];
        output.AsSpan().Fill(fill);
        string[] args = [.. Enumerable.Repeat(new string('\0', 5_000), 10)];
        ProcessInfo process = new() { Id = new string('i', 128), Process = "x1", Status = "stopped", Terminal = false, Args = ProcessInfo.ForDisplay(args), Exit = Exit() };
        ExecResult result = ExecResult.From(process).WithOutput(output, output);
        Assert.True(_writer.WriteResult(Id("1"), result));
        Assert.True(result.Truncated);
        Assert.Contains("\"truncated\":true", _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_LargestContainer_FitsALine()
    {
        ContainerInfo largest = new()
        {
            Id = new string('i', 128),
            Instance = new string('I', 26),
            Bundle = "/" + new string('\u0001', 4_094),
            Runtime = new string('\u0001', 255),
            Status = "stopped",
            CreatedAt = Time,
            StartedAt = Time,
            Exit = Exit() with { Code = null, Source = "lost", Reason = new string('r', 200) },
            Labels = new Dictionary<string, string> { ["k"] = new string('\u0001', (Limits.MaxLabelsWrittenBytes - 7) / 6) },
            Processes = ContainerInfo.ForDisplay([.. Enumerable.Repeat(new string('p', 128), 1_000)]),
        };
        string id = string.Concat(Enumerable.Repeat("\\u0041", Limits.MaxIdBytes));

        Assert.True(_writer.WriteResult(Id($"\"{id}\""), new ListResult { Containers = [largest], Next = largest.Id }));
        Assert.Contains("\"next\"", _writer.TakeAll());
    }

    [Fact]
    public void WriteResult_Hello_Golden()
    {
        HelloResult hello = new()
        {
            Server = "shimd",
            Version = "0.1.0",
            Protocol = ProtocolVersion.Current,
            Epoch = "e1",
            Features = [],
            Limits = LimitsInfo.Current,
            Runtimes = [new RuntimeInfo { Name = "crun", Path = "/usr/bin/crun" }],
            Peer = new PeerInfo { Uid = 0, Access = PeerInfo.ReadWrite },
        };
        _writer.WriteResult(Id("1"), hello);
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"result":{"server":"shimd","version":"0.1.0","protocol":{"major":1,"minor":0},"epoch":"e1","features":[],"limits":{"requestBytes":1048576,"replyBytes":65535,"depth":32,"fds":8,"timeoutMs":86400000,"listLimit":1000,"captureBytes":16384,"pipelined":64,"connections":64,"subscriptions":16,"longCalls":32,"partialLineMs":30000},"runtimes":[{"name":"crun","path":"/usr/bin/crun"}],"peer":{"uid":0,"access":"read-write"}}}""" + "\n",
            _writer.TakeAll());
    }
}
