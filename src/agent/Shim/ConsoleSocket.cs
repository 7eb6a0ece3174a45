using Shimd.Native;

namespace Shimd.Shim;

/// <summary>Where the runtime sends the master of the process's terminal (runc's docs/terminals.md, "detached").</summary>
internal sealed class ConsoleSocket : IDisposable
{
    private const string Name = "console";

    private readonly Fd _directory = NativeFile.OpenDirectory(".").OrThrow("open the state directory");
    private readonly Fd _listener;

    public ConsoleSocket() => _listener = UnixSocket.ListenIn(_directory, Name, backlog: 1).OrThrow("listen on the console socket");

    /// <summary>For the runtime: short, however long the state directory's own path is, and valid wherever the runtime changes to.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_directory.Number}/{Name}";

    /// <summary>The terminal's master, which the runtime has sent by the time it has succeeded. The caller owns it.</summary>
    /// <exception cref="ShimFailedException">It sent none.</exception>
    public Fd Receive()
    {
        SysResult<Fd> accepted = UnixSocket.Accept(_listener);
        if (!accepted.IsOk)
        {
            throw new ShimFailedException("the runtime did not connect to the console socket", accepted.Error);
        }

        using Fd connection = accepted.Value!;
        var received = new List<Fd>();
        Span<byte> name = stackalloc byte[256];
        Received result = UnixSocket.Receive(connection, name, received);
        if (received.Count == 1)
        {
            received[0].SetNonBlocking(true).OrThrow("fcntl O_NONBLOCK");
            return received[0];
        }

        received.ForEach(fd => fd.Dispose());
        throw new ShimFailedException("the runtime sent no terminal", result.Result.Error);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _ = NativeFile.Unlink(Name);
        _directory.Dispose();
    }
}
