using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Server;

/// <summary>Who is at the other end (SO_PEERCRED, as it was when the connection was made), and what the socket lets it do.</summary>
internal readonly record struct Peer(PeerCredentials Credentials, bool IsReadOnly)
{
    public uint Uid => Credentials.Uid;

    /// <summary>In the agent's PID namespace; 0 when the peer is in one that the agent cannot see.</summary>
    public int Pid => Credentials.Pid;

    public string Access => IsReadOnly ? PeerInfo.ReadOnly : PeerInfo.ReadWrite;
}
