using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>The ends of connections.</summary>
internal static class Refusal
{
    private const int DrainTurns = 64;

    /// <summary>One error line with id null, and the end; for a connection that there is no room for. Takes the descriptor over.</summary>
    public static void Send(Fd connection, ShimdException error)
    {
        using Fd fd = connection;
        using var writer = new LineWriter();
        writer.WriteError(null, error);

        // A new connection takes a line; one that does not is told by the end alone.
        _ = UnixSocket.Send(fd, writer.Peek().Span);
        Drain(fd);
    }

    /// <summary>Takes what the peer has sent so far: unread input at close would make its next read fail (ECONNRESET) where it should see the
    /// end. Bounded; descriptors in it are closed by the kernel.</summary>
    public static void Drain(Fd fd)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (int turn = 0; turn < DrainTurns; turn++)
        {
            SysResult read = fd.Read(buffer);
            if (!read.IsOk || read.Value == 0)
            {
                return;
            }
        }
    }
}
