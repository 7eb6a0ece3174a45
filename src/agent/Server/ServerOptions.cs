namespace Shimd.Server;

/// <summary>Where to serve, and for whom.</summary>
/// <param name="SocketPath">The socket that takes every method: whoever can write to it is root on this machine.</param>
/// <param name="ReadOnlySocketPath">A second socket, for what changes nothing; null: none. No more open than the first one: logs and
/// arguments are nobody's business unless the administrator says so (chmod, or a directory's mode).</param>
/// <param name="Group">The numeric group that may use the sockets too (mode 0660 instead of 0600).</param>
internal sealed record ServerOptions(string SocketPath, string? ReadOnlySocketPath = null, uint? Group = null);
