using System.Text;
using Shimd.Native;

namespace Shimd.Server;

/// <summary>A listening socket and its name in the file system, which goes with it.</summary>
internal sealed class SocketFile : IDisposable
{
    private const int Backlog = 128;
    private const uint AllPermissions = 0x1FF; // 0777
    private const uint OwnerOnly = 0x180; // 0600
    private const uint OwnerAndGroup = 0x1B0; // 0660
    private const uint Unchanged = uint.MaxValue;

    private readonly FileStatus? _ours;

    private SocketFile(string path, Fd fd)
    {
        Path = path;
        Fd = fd;
        _ours = NativeFile.StatusNoFollow(path);
    }

    public string Path { get; }

    public Fd Fd { get; }

    /// <summary>Binds and listens. What a dead agent left there is replaced; anything else is left alone.</summary>
    /// <returns>The socket, or a text that says what to do.</returns>
    public static (SocketFile? Socket, string? Problem) Listen(string path, uint? group)
    {
        // A path beyond what a socket's address holds is reached through its directory.
        using Fd? directory = Encoding.UTF8.GetByteCount(path) > UnixSocket.MaxPathBytes
            ? NativeFile.OpenDirectory(System.IO.Path.GetDirectoryName(path)!).Value
            : null;
        string address = directory is null ? path : $"{directory.ProcPath}/{System.IO.Path.GetFileName(path)}";
        SysResult<Fd> bound = Bind(address, group);
        if (bound.Error == Errno.EADDRINUSE)
        {
            if (WhyOccupied(path, address) is { } reason)
            {
                return (null, reason);
            }

            _ = NativeFile.Unlink(path);
            bound = Bind(address, group);
        }

        return bound.IsOk ? Own(new SocketFile(path, bound.Value!), group) : (null, $"cannot listen on {path}: {bound.Error.Describe()}");
    }

    /// <summary>Takes the name away first: who comes now finds no agent, not one that does not answer.</summary>
    public void Dispose()
    {
        if (NativeFile.StatusNoFollow(Path) is { } found && found.Inode == _ours?.Inode && found.Device == _ours?.Device)
        {
            _ = NativeFile.Unlink(Path);
        }

        Fd.Dispose();
    }

    /// <summary>The file gets its mode at bind(2), from the umask: a chmod afterwards would leave an instant in which anybody may connect.</summary>
    private static SysResult<Fd> Bind(string address, uint? group)
    {
        uint before = NativeFile.SetUmask(AllPermissions & ~(group is null ? OwnerOnly : OwnerAndGroup));
        SysResult<Fd> bound = UnixSocket.Listen(address, Backlog);
        _ = NativeFile.SetUmask(before);
        return bound;
    }

    private static (SocketFile? Socket, string? Problem) Own(SocketFile socket, uint? group)
    {
        SysResult changed = group is { } gid ? NativeFile.ChangeOwner(socket.Path, Unchanged, gid) : SysResult.Ok;
        if (changed.IsOk)
        {
            return (socket, null);
        }

        socket.Dispose();
        return (null, $"cannot give {socket.Path} to group {group}: {changed.Error.Describe()}");
    }

    /// <summary>Null when the name belongs to nobody any more. A plain file refuses connections too: look before taking it away.</summary>
    private static string? WhyOccupied(string path, string address)
    {
        if (NativeFile.StatusNoFollow(path) is not { IsSocket: true })
        {
            return $"{path} is there and is no socket: remove it, or choose another with --socket";
        }

        SysResult<Fd> connected = UnixSocket.Connect(address, nonBlocking: true);
        connected.Value?.Dispose();
        return connected.Error switch
        {
            Errno.ECONNREFUSED or Errno.ENOENT => null,
            Errno.None or Errno.EAGAIN => $"somebody answers on {path} already: use it, or choose another with --socket",
            _ => $"{path} is there and cannot be tried: {connected.Error.Describe()}; choose another with --socket",
        };
    }
}
