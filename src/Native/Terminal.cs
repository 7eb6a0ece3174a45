namespace Shimd.Native;

/// <summary>The size of a terminal in characters.</summary>
internal readonly record struct TerminalSize(ushort Columns, ushort Rows);

/// <summary>termios(3) and ioctl_tty(2).</summary>
internal static unsafe class Terminal
{
    /// <summary>isatty(3): true when the descriptor is a terminal.</summary>
    public static bool IsTerminal(Fd fd)
    {
        Libc.TerminalAttributes attributes;
        return Libc.tcgetattr(fd, &attributes) == 0;
    }

    /// <summary>TIOCGWINSZ. Errors: ENOTTY.</summary>
    public static SysResult GetSize(Fd fd, out TerminalSize size)
    {
        Libc.WindowSize native = default;
        SysResult result = SysResult.From(Libc.ioctl(fd, Libc.TIOCGWINSZ, &native));
        size = new TerminalSize(native.Columns, native.Rows);
        return result;
    }

    /// <summary>TIOCSWINSZ: the terminal's foreground processes get SIGWINCH. Errors: ENOTTY, EIO.</summary>
    public static SysResult SetSize(Fd fd, TerminalSize size)
    {
        var native = new Libc.WindowSize { Columns = size.Columns, Rows = size.Rows };
        return SysResult.From(Libc.ioctl(fd, Libc.TIOCSWINSZ, &native));
    }
}

/// <summary>A terminal in raw mode (cfmakeraw(3)) until this is disposed of; borrows the descriptor.</summary>
internal sealed unsafe class RawTerminal : IDisposable
{
    private readonly Fd _fd;
    private Libc.TerminalAttributes _before;

    private RawTerminal(Fd fd, Libc.TerminalAttributes before)
    {
        _fd = fd;
        _before = before;
    }

    /// <summary>tcgetattr(3), cfmakeraw(3), tcsetattr(3). Errors: ENOTTY, EIO.</summary>
    public static SysResult<RawTerminal> Enter(Fd fd)
    {
        Libc.TerminalAttributes attributes;
        SysResult result = SysResult.From(Libc.tcgetattr(fd, &attributes));
        if (!result.IsOk)
        {
            return SysResult<RawTerminal>.Fail(result.Error);
        }

        var terminal = new RawTerminal(fd, attributes);
        Libc.cfmakeraw(&attributes);
        result = SysResult.From(Libc.tcsetattr(fd, Libc.TCSANOW, &attributes));
        return result.IsOk ? SysResult<RawTerminal>.Of(terminal) : SysResult<RawTerminal>.Fail(result.Error);
    }

    /// <summary>Puts the terminal back as it was.</summary>
    public void Dispose()
    {
        fixed (Libc.TerminalAttributes* before = &_before)
        {
            _ = Libc.tcsetattr(_fd, Libc.TCSANOW, before);
        }
    }
}
