using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class TerminalTests : IDisposable
{
    private const string MultiplexerPath = "/dev/ptmx";
    private const nuint UnlockTerminal = 0x40045431; // TIOCSPTLCK
    private const nuint TerminalNumber = 0x80045430; // TIOCGPTN

    private readonly Fd _master;
    private readonly Fd _terminal;

    public unsafe TerminalTests()
    {
        Assert.SkipUnless(File.Exists(MultiplexerPath) && Directory.Exists("/dev/pts"), "this machine has no pseudo-terminals");

        // Any open for reading and writing will do.
        _master = Fifo.OpenBoth(MultiplexerPath).OrThrow("open /dev/ptmx");
        int locked = 0;
        int number = 0;
        SysResult.From(Libc.ioctl(_master, UnlockTerminal, &locked)).OrThrow("TIOCSPTLCK");
        SysResult.From(Libc.ioctl(_master, TerminalNumber, &number)).OrThrow("TIOCGPTN");
        _terminal = Fifo.OpenBoth($"/dev/pts/{number}").OrThrow("open /dev/pts");
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _master.Dispose();
    }

    [Fact]
    public void IsTerminal_TerminalAndPipe_TellsThemApart()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");

        Assert.True(Terminal.IsTerminal(_terminal));
        Assert.False(Terminal.IsTerminal(pipe.Reader));
    }

    [Fact]
    public void SetSize_Terminal_GetSizeGivesIt()
    {
        Assert.True(Terminal.SetSize(_master, new TerminalSize(Columns: 132, Rows: 43)).IsOk);

        Assert.True(Terminal.GetSize(_terminal, out TerminalSize size).IsOk);
        Assert.Equal(new TerminalSize(132, 43), size);
    }

    [Fact]
    public void Size_NoTerminal_ENOTTY()
    {
        using Pipe pipe = Pipe.Create().OrThrow("pipe2");

        Assert.Equal(Errno.ENOTTY, Terminal.GetSize(pipe.Reader, out _).Error);
        Assert.Equal(Errno.ENOTTY, Terminal.SetSize(pipe.Reader, new TerminalSize(1, 1)).Error);
        Assert.Equal(Errno.ENOTTY, RawTerminal.Enter(pipe.Reader).Error);
    }

    [Fact]
    public void Enter_Terminal_IsRawUntilDisposed()
    {
        byte[] before = Attributes();

        using (RawTerminal.Enter(_terminal).OrThrow("tcsetattr"))
        {
            Assert.NotEqual(before, Attributes());
            _master.WriteAll("x"u8).OrThrow("write");

            // In raw mode a byte can be read before its line is finished, and is not echoed.
            Assert.Equal(EpollEvents.In, Ready.Wait(_terminal));
            Assert.Equal(1, _terminal.Read(new byte[8]).Value);
            Assert.Equal(EpollEvents.None, Ready.Now(_master));
        }

        Assert.Equal(before, Attributes());
    }

    private unsafe byte[] Attributes()
    {
        var attributes = new byte[sizeof(Libc.TerminalAttributes)];
        fixed (byte* start = attributes)
        {
            SysResult.From(Libc.tcgetattr(_terminal, (Libc.TerminalAttributes*)start)).OrThrow("tcgetattr");
        }

        return attributes;
    }
}
