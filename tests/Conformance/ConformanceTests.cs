using System.Globalization;
using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Conformance;

/// <summary>
/// Bytes against the published binary, as the contract (docs/protocol.md) has them. Whatever a test does to the agent, at its end a
/// second client has noticed nothing, and memory and descriptors are back where they were: the first two are asserted here, the last by
/// the scene.
/// </summary>
[Collection(Sequential.Name)]
public abstract class ConformanceTests : IDisposable
{
    /// <summary>What the garbage collector may keep of memory that nobody uses: its budget of 1 MiB a generation, and the arrays of one
    /// line of the longest kind.</summary>
    private const int MemoryBoundKilobytes = 6 * 1024;

    private readonly List<IDisposable> _connections = [];
    private Scene? _scene;
    private Client? _bystander;
    private int _pid;
    private int _dirtyBefore;

    /// <summary>The agent, with a scripted runtime; begun at first use.</summary>
    private protected Scene Scene => _scene ?? Begin();

    /// <summary>Begins with options for <c>serve</c>.</summary>
    private protected Scene Begin(params string[] options) => Begin(Scene.WithFakeRuntime(options));

    private protected Scene Begin(Scene scene)
    {
        _scene = scene;
        _bystander = _scene.Connect();
        _ = _bystander.Call("subscribe");
        for (int turn = 0; turn < 50; turn++)
        {
            AskBystander();
        }

        _pid = _scene.Agent.Pid;
        _dirtyBefore = ProcFs.PrivateDirtyKilobytes(_pid);
        return _scene;
    }

    private protected Wire Connect() => Connect(Scene.Agent.Socket);

    private protected Wire Connect(string socket)
    {
        var wire = Wire.Connect(socket);
        _connections.Add(wire);
        return wire;
    }

    /// <summary>A second client asks, and is answered.</summary>
    private protected void AskBystander()
    {
        Assert.Equal("shimd", _bystander!.Call("hello").Text("server"));
        Assert.Equal("INVALID_PARAMS", _bystander.Refused("state", new { id = "/" }).Name);
    }

    /// <summary>The most descriptors that a process may have, from now on.</summary>
    private protected static void Limit(string prlimit, int pid, int descriptors) => Assert.Equal(
        0, Child.Run(prlimit, "--pid", pid.ToString(CultureInfo.InvariantCulture), $"--nofile={descriptors}:").Status.Code);

    private protected static string Hello(int id) => $$"""{"id":{{id}},"method":"hello"}""";

    private protected static string Request(int id, string method, object parameters) =>
        JsonSerializer.Serialize(new { jsonrpc = "2.0", id, method, @params = parameters });

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        try
        {
            _connections.ForEach(connection => connection.Dispose());
            if (_bystander is not null && _scene!.Agent.Pid == _pid)
            {
                AssertNobodyNoticed();
            }
        }
        finally
        {
            _scene?.Dispose();
        }
    }

    /// <summary>Only large arrays have the garbage collector look for large ones that nobody uses.</summary>
    private protected void TakeLongLine()
    {
        using var wire = Wire.Connect(_scene!.Agent.Socket);
        wire.Send(new string('x', 1_100_000) + "\n");
        wire.HalfClose();
        _ = wire.AnswersToTheEnd();
    }

    private bool IsMemoryBack() => ProcFs.PrivateDirtyKilobytes(_pid) - _dirtyBefore < MemoryBoundKilobytes;

    private void AssertNobodyNoticed()
    {
        AskBystander();
        long last = 0;
        while (_bystander!.TryNextEvent(out JsonElement next, withinMs: 0))
        {
            Assert.True(next.TryGetProperty("seq", out JsonElement seq), $"it lost its subscription: {next}");
            Assert.True(last == 0 || seq.GetInt64() == last + 1, $"after event {last} came {seq}");
            last = seq.GetInt64();
        }

        Poll.Until(
            () =>
            {
                AskBystander();
                if (IsMemoryBack())
                {
                    return true;
                }

                TakeLongLine();
                return IsMemoryBack();
            },
            () => $"the agent's memory is back where it was: private dirty was {_dirtyBefore} KB, and is {ProcFs.PrivateDirtyKilobytes(_pid)} KB");
        TestContext.Current.TestOutputHelper?.WriteLine($"private dirty {_dirtyBefore} KB, then {ProcFs.PrivateDirtyKilobytes(_pid)} KB");
    }
}
