using Shimd.Native;
using Shimd.Server;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Server;

public sealed class SocketFileTests : IDisposable
{
    private const int Permissions = 0x1FF;
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Listen_Fresh_IsTheOwnersAloneAndGoesWithUs()
    {
        SocketFile socket = Listen("s");
        Assert.Equal(0x180, NativeFile.Status(_directory["s"])!.Value.Mode & Permissions);

        socket.Dispose();

        Assert.Null(NativeFile.Status(_directory["s"]));
    }

    [Fact]
    public void Listen_LeftByADeadAgent_IsReplaced()
    {
        UnixSocket.Listen(_directory["s"], backlog: 1).OrThrow("listen").Dispose();

        using SocketFile socket = Listen("s");

        UnixSocket.Connect(_directory["s"], nonBlocking: true).OrThrow("connect").Dispose();
    }

    [Fact]
    public void Listen_SomebodyAnswers_IsLeftAlone()
    {
        using SocketFile first = Listen("s");

        (SocketFile? second, string? problem) = SocketFile.Listen(_directory["s"], group: null);

        Assert.Null(second);
        Assert.Contains("answers", problem, StringComparison.Ordinal);
        UnixSocket.Connect(_directory["s"], nonBlocking: true).OrThrow("connect").Dispose();
    }

    [Fact]
    public void Listen_NoSocketThere_IsLeftAlone()
    {
        _directory.Write("s", "precious");

        (SocketFile? socket, string? problem) = SocketFile.Listen(_directory["s"], group: null);

        Assert.Null(socket);
        Assert.Contains("no socket", problem, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_directory["s"]));
    }

    [Fact]
    public void Listen_LongPath_Works()
    {
        string path = Path.Combine(_directory.MakeDirectory(new string('d', UnixSocket.MaxPathBytes)), "s");

        (SocketFile? socket, string? problem) = SocketFile.Listen(path, group: null);

        Assert.Null(problem);
        socket!.Dispose();
        Assert.Null(NativeFile.Status(path));
    }

    [Fact]
    public void Dispose_NameTakenOver_IsLeftAlone()
    {
        SocketFile first = Listen("s");
        _ = NativeFile.Unlink(_directory["s"]);
        using SocketFile second = Listen("s");

        first.Dispose();

        Assert.NotNull(NativeFile.Status(_directory["s"]));
    }

    private SocketFile Listen(string name)
    {
        (SocketFile? socket, string? problem) = SocketFile.Listen(_directory[name], group: null);
        Assert.Null(problem);
        return socket!;
    }
}
