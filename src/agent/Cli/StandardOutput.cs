using System.Buffers;
using System.Text;
using Shimd.Native;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>
/// Standard output, and the line for standard error. Not <see cref="Console"/>: it would bring handlers for signals, SIGCHLD among
/// them, and a good deal of code.
/// </summary>
internal static class StandardOutput
{
    private const int FlushBytes = 32 * 1024;

    private static readonly Fd s_output = new(1, owned: false);
    private static readonly Fd s_error = new(2, owned: false);
    private static readonly OutputBuffer s_pending = new();

    /// <summary>For what writes by itself; <see cref="Flush"/> sends it.</summary>
    public static IBufferWriter<byte> Writer => s_pending;

    public static void Line(string text) => Line(Encoding.UTF8.GetBytes(text));

    public static void Line(ReadOnlySpan<byte> utf8) => Write(utf8, endsLine: true);

    /// <summary>Bytes, and a newline if they end a line.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, bool endsLine)
    {
        s_pending.Write(bytes);
        s_pending.Write(endsLine ? "\n"u8 : default);
        if (s_pending.Pending >= FlushBytes)
        {
            Flush();
        }
    }

    /// <exception cref="CliException">Nobody reads it, or it cannot be written.</exception>
    public static void Flush()
    {
        SysResult written = s_output.WriteAll(s_pending.Peek().Span);
        s_pending.Rollback(0);
        if (!written.IsOk)
        {
            throw written.Error == Errno.EPIPE
                ? CliException.OutputClosed()
                : new CliException(ExitCodes.Failed, $"cannot write to standard output: {written.Error.Describe()}");
        }
    }

    /// <summary>A raw terminal does not go back to the first column by itself.</summary>
    public static bool IsTerminalRaw { private get; set; }

    /// <summary>One line on standard error, at once; there is nobody to tell when that fails.</summary>
    public static void ErrorLine(string text)
        => _ = s_error.WriteAll(Encoding.UTF8.GetBytes(text + (IsTerminalRaw ? "\r\n" : "\n")));

    /// <summary>The same on standard error, at once.</summary>
    public static void Error(ReadOnlySpan<byte> bytes, bool endsLine)
    {
        _ = s_error.WriteAll(bytes);
        _ = endsLine ? s_error.WriteAll("\n"u8) : SysResult.Ok;
    }

    /// <summary>Text of foreign origin for a terminal: what would move its cursor or worse is shown as a question mark.</summary>
    public static string Plain(string text)
    {
        char[]? plain = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (IsControl(text[i]))
            {
                plain ??= text.ToCharArray();
                plain[i] = '?';
            }
        }

        return plain is null ? text : new string(plain);
    }

    private static bool IsControl(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
