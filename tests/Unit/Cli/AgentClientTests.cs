using System.Text;
using System.Text.Json;
using Shimd.Cli;
using Shimd.Native;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class AgentClientTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("shimd-cli-").FullName;
    private readonly Fd _listener;
    private readonly AgentClient _client;
    private readonly Fd _agent;

    public AgentClientTests()
    {
        ClientSettings settings = Settings("shimd.sock");
        _listener = UnixSocket.Listen(settings.Socket, 1).OrThrow("listen");
        _client = AgentClient.Connect(settings);
        _agent = UnixSocket.Accept(_listener).OrThrow("accept");
    }

    public void Dispose()
    {
        _client.Dispose();
        _agent.Dispose();
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Send_WithDescriptors_CountsThem()
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        _client.Send(Methods.Start, new ContainerParams { Id = "web" }, [nothing, nothing]);
        var buffer = new byte[4096];
        List<Fd> received = [];
        Received line = UnixSocket.Receive(_agent, buffer, received);
        Assert.Equal(
            """{"jsonrpc":"2.0","id":1,"method":"start","params":{"id":"web"},"fds":2}""" + "\n",
            Encoding.UTF8.GetString(buffer, 0, (int)line.Result.Value));
        Assert.Equal(2, received.Count);
        received.ForEach(fd => fd.Dispose());
    }

    [Fact]
    public void Call_EventsAndOtherRepliesBefore_ItsOwnResult()
    {
        Answer(
            """{"jsonrpc":"2.0","method":"event","params":{"type":"exit"}}""",
            """{"jsonrpc":"2.0","id":99,"result":{}}""",
            """{"jsonrpc":"2.0","id":1,"result":{"a":1}}""");
        JsonElement result = _client.Call(Methods.Start, new ContainerParams { Id = "web" });
        Assert.Equal("""{"a":1}""", result.GetRawText());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    public void Call_Error_IsThrownAsItCame(string id)
    {
        const string Sent = """{"code":1001,"message":"no such container web","data":{"name":"NOT_FOUND","new":1}}""";
        Answer($"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{Sent}}}");
        AgentError error = Assert.Throws<AgentErrorException>(() => _client.Call(Methods.Start, new ContainerParams { Id = "web" })).Error;
        Assert.Equal((1001, "NOT_FOUND", "no such container web"), (error.Code, error.Name, error.Message));
        Assert.Equal(Sent, error.Raw);
    }

    [Fact]
    public void Call_ConnectionEnds_SaysSo()
    {
        _agent.WriteAll("{\"jsonrpc\":\"2.0\",\"id\":1,\"resu"u8);
        _agent.Dispose();
        CliException failure = Assert.Throws<CliException>(() => _client.Call(Methods.Start, new ContainerParams { Id = "web" }));
        Assert.Equal(("CONNECTION_LOST", 125), (failure.Name, failure.ExitCode));
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData("[]")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"id\":1,\"error\":\"no\"}")]
    [InlineData("{\"id\":1,\"error\":{\"code\":\"x\",\"message\":1}}")]
    public void Call_NoAgentThere_SaysSo(string line)
    {
        Answer(line);
        Assert.Equal("NO_AGENT", Assert.Throws<CliException>(() => _client.Call(Methods.Start, new ContainerParams { Id = "web" })).Name);
    }

    [Fact]
    public void Connect_NoSocket_NamesTheNextStep()
    {
        CliException failure = Assert.Throws<CliException>(() => AgentClient.Connect(Settings("none.sock")));
        Assert.Equal(("UNREACHABLE", 125), (failure.Name, failure.ExitCode));
        Assert.Contains("shimd serve --root", failure.Hint!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorCode.NotFound, false, 1)]
    [InlineData(ErrorCode.NotFound, true, 125)]
    [InlineData(ErrorCode.ExecNotFound, false, 1)]
    [InlineData(ErrorCode.ExecNotFound, true, 127)]
    [InlineData(ErrorCode.ExecNotExecutable, true, 126)]
    internal void ExitCode_OfError_LeavesLowCodesToTheContainer(ErrorCode code, bool runsContainer, int expected)
        => Assert.Equal(expected, ExitCodes.Of(new AgentError((int)code, "", new ErrorData { Name = "" }, ""), runsContainer));

    private ClientSettings Settings(string socket) => new(_directory, Path.Combine(_directory, socket), false);

    private void Answer(params string[] lines) => _agent.WriteAll(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")).OrThrow("write");
}
