using Shimd.Native;

namespace Shimd.Cli;

/// <summary>The terminal on our standard input, raw as long as a process with a terminal of its own uses it: what is typed is for
/// that one, Ctrl-C included.</summary>
internal sealed class ClientTerminal : IDisposable
{
    private static readonly Fd s_input = new(0, owned: false);

    private readonly RawTerminal _raw;

    private ClientTerminal(RawTerminal raw)
    {
        _raw = raw;
        StandardOutput.IsTerminalRaw = true;
    }

    public static bool IsThere => Terminal.IsTerminal(s_input);

    /// <summary>Null while it does not know its own size, as a serial line.</summary>
    public static TerminalSize? Size
        => Terminal.GetSize(s_input, out TerminalSize size).IsOk && size is { Columns: > 0, Rows: > 0 } ? size : null;

    /// <exception cref="CliException">It cannot be made raw.</exception>
    public static ClientTerminal Enter()
    {
        SysResult<RawTerminal> raw = RawTerminal.Enter(s_input);
        return raw.Value is { } terminal
            ? new ClientTerminal(terminal)
            : throw new CliException(ExitCodes.Unavailable, $"cannot make the terminal raw: {raw.Error.Describe()}");
    }

    public void Dispose()
    {
        _raw.Dispose();
        StandardOutput.IsTerminalRaw = false;
    }
}
