using System.Globalization;

namespace Shimd.Shim;

/// <summary>What StartingShim has done before the .NET runtime, as it has put it down in the arguments.</summary>
/// <param name="RuntimePid">The OCI runtime's; 0 where it was not called.</param>
/// <param name="ExitFile">The descriptor of exit.json.new, with room for the exit; −1 for none.</param>
/// <param name="StartedAt">When the runtime was called, by the clock of Stopwatch.</param>
internal readonly record struct EarlyStart(int RuntimePid, int ExitFile, long StartedAt)
{
    public bool HasStarted => RuntimePid > 0;

    /// <summary>Of <c>shim CONTAINER PROCESS start PID EXITFILE TIME PROGRAM [ARGUMENT…]</c>; nothing for other arguments.</summary>
    public static EarlyStart Of(string[] arguments)
        => arguments is ["shim", _, _, "start", { } pid, { } exitFile, { } time, ..]
            ? new EarlyStart((int)Number(pid), Number(exitFile) is > 0 and var file ? (int)file : -1, Number(time))
            : new EarlyStart(0, -1, 0);

    private static long Number(string digits) => long.Parse(digits, CultureInfo.InvariantCulture);
}
