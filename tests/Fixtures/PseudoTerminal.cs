using System.Text;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>A terminal (pty(7)) with a test as its keyboard and screen.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const nuint UnlockTerminal = 0x40045431; // TIOCSPTLCK
    private const nuint TerminalNumber = 0x80045430; // TIOCGPTN

    private readonly Fd _master;
    private readonly Fd _terminal;
    private readonly string _path;
    private readonly StringBuilder _shown = new();

    public unsafe PseudoTerminal(int columns, int rows)
    {
        Assert.SkipUnless(File.Exists("/dev/ptmx") && Directory.Exists("/dev/pts"), "this machine has no pseudo-terminals");
        _master = Fifo.OpenBoth("/dev/ptmx").OrThrow("open /dev/ptmx");
        int locked = 0;
        int number = 0;
        SysResult.From(Libc.ioctl(_master, UnlockTerminal, &locked)).OrThrow("TIOCSPTLCK");
        SysResult.From(Libc.ioctl(_master, TerminalNumber, &number)).OrThrow("TIOCGPTN");
        _path = $"/dev/pts/{number}";
        _terminal = Fifo.OpenBoth(_path).OrThrow($"open {_path}");
        Resize(columns, rows);
    }

    /// <summary>Its modes, in a form that can be compared.</summary>
    public string Modes => Child.Run("/bin/stty", "-g", "-F", _path).Output.Trim();

    /// <summary>All that was shown so far, and read by a wait.</summary>
    public string Shown => _shown.ToString();

    /// <summary>Starts a program in a session of its own, whose terminal this is.</summary>
    public Child Start(SpawnRequest request) => Child.Start(request with
    {
        Path = "/usr/bin/setsid",
        Arguments = ["setsid", "-c", request.Path, .. request.Arguments.Skip(1)],
        Descriptors = [_terminal, _terminal, _terminal],
    });

    public void Resize(int columns, int rows) => Terminal.SetSize(_master, new TerminalSize((ushort)columns, (ushort)rows)).OrThrow("TIOCSWINSZ");

    public void Type(string keys) => _master.WriteAll(Encoding.UTF8.GetBytes(keys)).OrThrow("write");

    /// <summary>Waits until these words are shown; what comes before them is forgotten, and so are they.</summary>
    public void WaitFor(string words)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (!Shown.Contains(words, StringComparison.Ordinal))
        {
            Assert.True(Ready.Wait(_master) != EpollEvents.None, $"'{words}' is not shown, but: {Shown}");
            _ = _shown.Append(Encoding.UTF8.GetString(buffer[..(int)_master.Read(buffer).OrThrow("read")]));
        }

        _ = _shown.Remove(0, Shown.IndexOf(words, StringComparison.Ordinal) + words.Length);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _master.Dispose();
    }
}
