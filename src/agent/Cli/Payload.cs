using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Shimd.Native;

namespace Shimd.Cli;

/// <summary>
/// <c>shimd payload</c>: a program to put into containers, for tests and demonstrations. It needs nothing beside this binary: no
/// shell, no /proc, no /dev. It is no part of the product's interface, and --help does not show it.
/// </summary>
internal static class Payload
{
    public const string Usage = """
        usage: shimd payload STEP      one step, its words as arguments
               shimd payload run STEP… several, each one argument: shimd payload run 'print a' 'sleep 1' 'exit 3'
          print TEXT… [--stderr]       a line
          ticks N MS                   N lines, one every MS milliseconds
          spam BYTES [AT_ONCE] [--stderr]
                                       that many bytes, always the same lines of 64 bytes, AT_ONCE (4096, the most) with each write
          cat                          standard input to standard output
          env, pid                     the environment, the process id
          sleep SECONDS                also as 0.1
          until-term [CODE]            print the name of each signal that comes; at SIGTERM exit with CODE (0)
          ignore-term                  for ever, and not for any signal but SIGKILL
          fork-hold SECONDS            leave a child that holds the streams open for so long
          oom MB                       take that much memory, and use it
          exit CODE
        """;

    private const int MegaByte = 1024 * 1024;
    private const int PageBytes = 4096;
    private const int MaxBlockBytes = 4096;

    private static readonly Fd s_stdin = new(0, owned: false);
    private static readonly Fd s_stdout = new(1, owned: false);
    private static readonly Fd s_stderr = new(2, owned: false);

    /// <returns>The exit code: that of the first step that has one.</returns>
    public static int Run(string[] arguments)
    {
        string[][] steps = arguments is ["run", .. string[] several]
            ? Array.ConvertAll(several, step => step.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : [arguments];

        // What comes from the first step on is not lost.
        if (Array.Exists(steps, step => step is ["until-term" or "ignore-term", ..]))
        {
            SignalMask.Block();
        }

        try
        {
            foreach (string[] step in steps)
            {
                if (RunStep(step) is { } code)
                {
                    return code;
                }
            }

            return 0;
        }
        catch (CliException failure)
        {
            Write(s_stderr, failure.Message + "\n");
            return failure.ExitCode;
        }
    }

    private static int? RunStep(string[] step)
    {
        Fd output = step.Contains("--stderr") ? s_stderr : s_stdout;
        switch (Array.FindAll(step, word => word != "--stderr"))
        {
            case ["print", .. string[] words]:
                return Write(output, string.Join(' ', words) + "\n");
            case ["ticks", string count, string ms]:
                return Ticks(Number(count), Number(ms));
            case ["spam", string bytes]:
                return Spam(output, Number(bytes), MaxBlockBytes);
            case ["spam", string bytes, string atOnce]:
                return Spam(output, Number(bytes), Number(atOnce));
            case ["cat"]:
                return Copy();
            case ["env"]:
                return Write(output, string.Join('\n', Spawn.CurrentEnvironment()) + "\n");
            case ["pid"]:
                return Write(output, $"{Environment.ProcessId}\n");
            case ["sleep", string seconds]:
                return Sleep(Seconds(seconds));
            case ["until-term", .. string[] code]:
                return UntilTerm(code is [string text] ? Number(text) : 0);
            case ["ignore-term"]:
                return Sleep(double.PositiveInfinity);
            case ["fork-hold", string seconds]:
                return ForkHold(seconds);
            case ["oom", string megaBytes]:
                return TakeMemory(Number(megaBytes));
            case ["exit", string code]:
                return Number(code);
            default:
                throw CliException.Usage(Usage);
        }
    }

    private static int? Write(Fd output, string text) => Write(output, Encoding.UTF8.GetBytes(text));

    private static int? Write(Fd output, ReadOnlySpan<byte> bytes) => output.WriteAll(bytes).IsOk ? null : 1;

    private static int? Ticks(int count, int ms)
    {
        for (int i = 1; i <= count; i++)
        {
            Write(s_stdout, $"tick {i}\n");
            Sleep(ms / 1000.0);
        }

        return null;
    }

    private static int? Spam(Fd output, int bytes, int atOnce)
    {
        ReadOnlySpan<byte> line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"u8;
        Span<byte> block = stackalloc byte[MaxBlockBytes];
        for (int i = 0; i < block.Length; i += line.Length)
        {
            line.CopyTo(block[i..]);
        }

        block = block[..Math.Clamp(atOnce, 1, MaxBlockBytes)];
        int? failed = null;
        for (int left = bytes; left > 0 && failed is null; left -= block.Length)
        {
            failed = Write(output, block[..Math.Min(left, block.Length)]);
        }

        return failed;
    }

    private static int? Copy()
    {
        Span<byte> buffer = stackalloc byte[PageBytes];
        SysResult read;
        while ((read = s_stdin.Read(buffer)) is { IsOk: true, Value: > 0 })
        {
            if (Write(s_stdout, buffer[..(int)read.Value]) is { } failed)
            {
                return failed;
            }
        }

        return read.IsOk ? null : 1;
    }

    private static int? Sleep(double seconds)
    {
        using var nothing = new Epoll();
        long end = double.IsInfinity(seconds) ? long.MaxValue : TimerFd.Now() + (long)(seconds * 1e9);
        for (long left = end - TimerFd.Now(); left > 0; left = end - TimerFd.Now())
        {
            nothing.Wait((int)Math.Min((left / 1_000_000) + 1, int.MaxValue));
        }

        return null;
    }

    private static int? UntilTerm(int code)
    {
        using var signals = new SignalFd(SignalMask.LoopSignals);
        signals.Fd.SetNonBlocking(false).OrThrow("fcntl O_NONBLOCK");
        while (signals.Take() is { } signal)
        {
            Write(s_stdout, $"{Signal.NameOf(signal)}\n");
            if (signal == Signal.SIGTERM)
            {
                break;
            }
        }

        return code;
    }

    private static int? ForkHold(string seconds)
    {
        var request = new SpawnRequest
        {
            Path = NativeFile.Status("/proc/self/exe") is null ? Environment.GetCommandLineArgs()[0] : "/proc/self/exe",
            Arguments = ["shimd", "payload", "sleep", seconds],
            Descriptors = [s_stdin, s_stdout, s_stderr],
        };
        return Spawn.Start(request).IsOk ? null : 1;
    }

    private static int? TakeMemory(int megaBytes)
    {
        for (int i = 0; i < megaBytes; i++)
        {
            // Not of the collected heap, whose size may be limited.
            nint block = Marshal.AllocHGlobal(MegaByte);
            for (int offset = 0; offset < MegaByte; offset += PageBytes)
            {
                Marshal.WriteByte(block, offset, 1);
            }
        }

        return Write(s_stdout, $"{megaBytes} MB\n");
    }

    private static int Number(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw CliException.Usage(Usage);

    private static double Seconds(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : throw CliException.Usage(Usage);
}
