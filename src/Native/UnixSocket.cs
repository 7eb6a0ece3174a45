using System.Text;

namespace Shimd.Native;

/// <summary>unix(7): who is at the other end, as the kernel knew it when the connection was made.</summary>
internal readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid);

/// <summary>recvmsg(2): how much came, and whether descriptors were lost on the way.</summary>
internal readonly record struct Received(SysResult Result, bool DescriptorsTruncated);

/// <summary>unix(7) stream sockets. All descriptors are close-on-exec; the caller owns what is handed out.</summary>
internal static unsafe class UnixSocket
{
    /// <summary>sun_path holds 108 bytes with its ending NUL.</summary>
    public const int MaxPathBytes = 107;

    private const int MaxDescriptors = 16;

    /// <summary>0777.</summary>
    private const uint AnyMode = 0x1FF;

    /// <summary>socket(2), bind(2), listen(2), non-blocking; the file gets its mode at this very call: what the umask leaves of <paramref name="mode"/>.
    /// Errors: EADDRINUSE, EACCES, ENOENT, EROFS; ENAMETOOLONG above <see cref="MaxPathBytes"/>.</summary>
    public static SysResult<Fd> Listen(string path, int backlog, uint mode = AnyMode)
    {
        SysResult<Fd> made = Create(nonBlocking: true);
        if (!made.IsOk || !TryAddress(path, out Libc.SocketAddress address, out uint length))
        {
            return made.IsOk ? DisposeAnd(made.Value!, Errno.ENAMETOOLONG) : made;
        }

        // Linux gives the file the socket's own mode.
        SysResult bound = SysResult.From(Libc.fchmod(made.Value!, mode));
        bound = bound.IsOk ? SysResult.From(Libc.bind(made.Value!, &address, length)) : bound;
        bound = bound.IsOk ? SysResult.From(Libc.listen(made.Value!, backlog)) : bound;
        return bound.IsOk ? made : DisposeAnd(made.Value!, bound.Error);
    }

    /// <summary>As <see cref="Listen"/>, at <paramref name="name"/> in an open directory, however long the directory's path is. Needs /proc.</summary>
    public static SysResult<Fd> ListenIn(Fd directory, string name, int backlog, uint mode = AnyMode) => Listen($"{directory.ProcPath}/{name}", backlog, mode);

    /// <summary>connect(2). Errors: ENOENT (no socket), ECONNREFUSED (nobody listens), EACCES; EAGAIN when the backlog is full and
    /// <paramref name="nonBlocking"/>.</summary>
    public static SysResult<Fd> Connect(string path, bool nonBlocking)
    {
        SysResult<Fd> made = Create(nonBlocking);
        if (!made.IsOk || !TryAddress(path, out Libc.SocketAddress address, out uint length))
        {
            return made.IsOk ? DisposeAnd(made.Value!, Errno.ENAMETOOLONG) : made;
        }

        SysResult connected = SysResult.From(Libc.connect(made.Value!, &address, length));
        return connected.IsOk ? made : DisposeAnd(made.Value!, connected.Error);
    }

    /// <summary>As <see cref="Connect"/>, through the directory's descriptor where the path is longer than an address holds; the last name in it has
    /// about <see cref="MaxPathBytes"/> − 20 bytes at most, else ENAMETOOLONG. Needs /proc then.</summary>
    public static SysResult<Fd> ConnectAnywhere(string path, bool nonBlocking)
    {
        using Fd? directory = Shorten(ref path, out Errno error);
        return error == Errno.None ? Connect(path, nonBlocking) : SysResult<Fd>.Fail(error);
    }

    /// <summary>As <see cref="Listen"/>, where <see cref="ConnectAnywhere"/> connects to.</summary>
    public static SysResult<Fd> ListenAnywhere(string path, int backlog, uint mode = AnyMode)
    {
        using Fd? directory = Shorten(ref path, out Errno error);
        return error == Errno.None ? Listen(path, backlog, mode) : SysResult<Fd>.Fail(error);
    }

    /// <summary>A datagram to a socket of SOCK_DGRAM; a name that begins with @ is in the abstract name space, unix(7). Does not block. Errors: ENOENT,
    /// ECONNREFUSED (nobody listens), EAGAIN (its queue is full), EACCES; ENAMETOOLONG above <see cref="MaxPathBytes"/>.</summary>
    public static SysResult SendDatagram(string name, ReadOnlySpan<byte> datagram)
    {
        if (!TryAddress(name, out Libc.SocketAddress address, out uint length))
        {
            return SysResult.Fail(Errno.ENAMETOOLONG);
        }

        if (name[0] == '@')
        {
            address.Path[0] = 0;
            length--;
        }

        SysResult<Fd> made = Fd.From(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0));
        using Fd? socket = made.Value;
        SysResult connected = socket is null ? SysResult.Fail(made.Error) : SysResult.From(Libc.connect(socket, &address, length));
        return connected.IsOk ? Send(socket!, datagram) : connected;
    }

    /// <summary>socketpair(2): two blocking ends of one connection; the caller owns both. Errors: EMFILE, ENFILE.</summary>
    public static SysResult Pair(out Fd? one, out Fd? other)
    {
        int* ends = stackalloc int[2];
        SysResult made = SysResult.From(Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, ends));
        one = made.IsOk ? new Fd(ends[0]) : null;
        other = made.IsOk ? new Fd(ends[1]) : null;
        return made;
    }

    /// <summary>accept4(2), the connection non-blocking. Errors: EAGAIN (none waiting), EMFILE, ENFILE, ECONNABORTED.</summary>
    public static SysResult<Fd> Accept(Fd listener)
        => Fd.From(Libc.accept4(listener, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC));

    /// <summary>shutdown(2) SHUT_WR: the peer reads an end, we can still read.</summary>
    public static SysResult HalfClose(Fd fd) => SysResult.From(Libc.shutdown(fd, Libc.SHUT_WR));

    /// <summary>getsockopt(2) SO_PEERCRED.</summary>
    public static PeerCredentials Peer(Fd fd)
    {
        Libc.Credentials credentials;
        uint length = (uint)sizeof(Libc.Credentials);
        SysResult.From(Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_PEERCRED, &credentials, &length)).OrThrow("SO_PEERCRED");
        return new PeerCredentials(credentials.Pid, credentials.Uid, credentials.Gid);
    }

    /// <summary>read(2) of all that is there, for nobody: what is unread at a close comes to the peer as a reset, instead of an end.</summary>
    public static void Discard(Fd socket)
    {
        Span<byte> nobodys = stackalloc byte[512];
        while (socket.Read(nobodys) is { IsOk: true, Value: > 0 })
        {
        }
    }

    /// <summary>send(2); never raises SIGPIPE. Errors: EAGAIN, EPIPE, ECONNRESET.</summary>
    public static SysResult Send(Fd fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            SysResult sent;
            do
            {
                sent = SysResult.From(Libc.send(fd, start, (nuint)data.Length, Libc.MSG_NOSIGNAL));
            }
            while (sent.Error == Errno.EINTR);
            return sent;
        }
    }

    /// <summary>As <see cref="Send(Fd, ReadOnlySpan{byte})"/>, by sendmsg(2) with SCM_RIGHTS: the descriptors go with the first byte and stay ours.</summary>
    public static SysResult Send(Fd fd, ReadOnlySpan<byte> data, ReadOnlySpan<Fd> descriptors)
    {
        if (descriptors.IsEmpty)
        {
            return Send(fd, data);
        }

        int space = sizeof(Libc.ControlHeader) + (MaxDescriptors * sizeof(int));
        byte* control = stackalloc byte[space];
        fixed (byte* start = data)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)data.Length };
            var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            WriteControl(control, descriptors, ref message);
            SysResult sent;
            do
            {
                sent = SysResult.From(Libc.sendmsg(fd, &message, Libc.MSG_NOSIGNAL));
            }
            while (sent.Error == Errno.EINTR);
            return sent;
        }
    }

    /// <summary>recvmsg(2) with MSG_CMSG_CLOEXEC: up to the buffer's size, and the descriptors that came with it, appended to
    /// <paramref name="descriptors"/>, whose owner the caller is. 0 is the peer's end. Errors: EAGAIN, ECONNRESET.</summary>
    public static Received Receive(Fd fd, Span<byte> buffer, ICollection<Fd> descriptors)
    {
        int space = sizeof(Libc.ControlHeader) + (MaxDescriptors * sizeof(int));
        byte* control = stackalloc byte[space];
        fixed (byte* start = buffer)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)buffer.Length };
            var message = new Libc.MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = (nuint)space,
            };
            SysResult received;
            do
            {
                received = SysResult.From(Libc.recvmsg(fd, &message, Libc.MSG_CMSG_CLOEXEC | Libc.MSG_DONTWAIT));
            }
            while (received.Error == Errno.EINTR);
            if (received.IsOk)
            {
                ReadControl(message, descriptors);
            }

            return new Received(received, (message.Flags & Libc.MSG_CTRUNC) != 0);
        }
    }

    private static void WriteControl(byte* control, ReadOnlySpan<Fd> descriptors, ref Libc.MessageHeader message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        var header = (Libc.ControlHeader*)control;
        header->Length = (nuint)(sizeof(Libc.ControlHeader) + (descriptors.Length * sizeof(int)));
        header->Level = Libc.SOL_SOCKET;
        header->Type = Libc.SCM_RIGHTS;
        var numbers = (int*)(header + 1);
        for (int i = 0; i < descriptors.Length; i++)
        {
            numbers[i] = descriptors[i].Number;
        }

        message.Control = control;
        message.ControlLength = (header->Length + 7) & ~(nuint)7;
    }

    private static void ReadControl(in Libc.MessageHeader message, ICollection<Fd> descriptors)
    {
        byte* next = message.Control;
        byte* end = next + message.ControlLength;
        while (next + sizeof(Libc.ControlHeader) <= end)
        {
            var header = (Libc.ControlHeader*)next;
            if (header->Length < (nuint)sizeof(Libc.ControlHeader))
            {
                return;
            }

            if (header->Level == Libc.SOL_SOCKET && header->Type == Libc.SCM_RIGHTS)
            {
                var numbers = new ReadOnlySpan<int>(header + 1, (int)(header->Length - (nuint)sizeof(Libc.ControlHeader)) / sizeof(int));
                foreach (int number in numbers)
                {
                    descriptors.Add(new Fd(number));
                }
            }

            next += (header->Length + 7) & ~(nuint)7;
        }
    }

    private static SysResult<Fd> Create(bool nonBlocking)
        => Fd.From(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | (nonBlocking ? Libc.SOCK_NONBLOCK : 0), 0));

    private static bool TryAddress(string path, out Libc.SocketAddress address, out uint length)
    {
        address = new Libc.SocketAddress { Family = Libc.AF_UNIX };
        int bytes = Encoding.UTF8.GetByteCount(path);
        length = (uint)(sizeof(ushort) + bytes + 1);
        if (bytes is 0 or > MaxPathBytes)
        {
            return false;
        }

        fixed (byte* start = address.Path)
        {
            Encoding.UTF8.GetBytes(path, new Span<byte>(start, MaxPathBytes));
        }

        return true;
    }

    /// <summary>Makes a path that is longer than an address holds one through its directory, which must be open until it is used.</summary>
    private static Fd? Shorten(ref string path, out Errno error)
    {
        error = Errno.None;
        if (Encoding.UTF8.GetByteCount(path) <= MaxPathBytes)
        {
            return null;
        }

        SysResult<Fd> opened = NativeFile.OpenDirectory(Path.GetDirectoryName(path)!);
        error = opened.Error;
        path = $"{opened.Value?.ProcPath}/{Path.GetFileName(path)}";
        return opened.Value;
    }

    private static SysResult<Fd> DisposeAnd(Fd fd, Errno error)
    {
        fd.Dispose();
        return SysResult<Fd>.Fail(error);
    }
}
