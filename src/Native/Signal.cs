using System.Globalization;

namespace Shimd.Native;

/// <summary>signal(7): numbers and names (the same on x86-64 and arm64).</summary>
internal static class Signal
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGUSR2 = 12;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGXFSZ = 25;
    public const int SIGWINCH = 28;

    /// <summary>The range that the kernel keeps for real-time signals; glibc's SIGRTMIN is 34.</summary>
    public const int RealTimeMin = 34;
    public const int RealTimeMax = 64;

    private static readonly string[] s_names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>The name, <c>SIGRTMIN+n</c> for a real-time signal.</summary>
    public static string NameOf(int number) => number switch
    {
        > 0 and < 32 => s_names[number],
        RealTimeMin => "SIGRTMIN",
        RealTimeMax => "SIGRTMAX",
        > RealTimeMin and < RealTimeMax => $"SIGRTMIN+{number - RealTimeMin}",
        _ => $"SIG{number}",
    };

    /// <summary>A number from <c>9</c>, <c>KILL</c>, <c>sigkill</c>, <c>RTMIN+3</c> or <c>SIGRTMAX-1</c>; null when there is no such signal.</summary>
    public static int? Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return IsValid(number) ? number : null;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name : "SIG" + name;
        int index = Array.IndexOf(s_names, name);
        return index > 0 ? index : ParseAlias(name) ?? ParseRealTime(name);
    }

    /// <summary>True for what kill(2) can send: 1–31, and the real-time signals that glibc leaves to programs.</summary>
    public static bool IsValid(int number) => number is > 0 and < 32 or (>= RealTimeMin and <= RealTimeMax);

    private static int? ParseAlias(string name) => name switch
    {
        "SIGIOT" => 6,
        "SIGPOLL" => 29,
        "SIGCLD" => SIGCHLD,
        _ => null,
    };

    private static int? ParseRealTime(string name)
    {
        int start = name.StartsWith("SIGRTMIN", StringComparison.Ordinal) ? RealTimeMin
            : name.StartsWith("SIGRTMAX", StringComparison.Ordinal) ? RealTimeMax
            : 0;
        string offset = start == 0 ? "" : name["SIGRTMIN".Length..];
        if (start == 0 || offset.Length == 0)
        {
            return start == 0 ? null : start;
        }

        bool signed = offset[0] == (start == RealTimeMin ? '+' : '-');
        if (!signed || !int.TryParse(offset.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int distance))
        {
            return null;
        }

        int number = start == RealTimeMin ? start + distance : start - distance;
        return number is >= RealTimeMin and <= RealTimeMax ? number : null;
    }
}
