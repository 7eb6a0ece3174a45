using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;

namespace Shimd.Server;

/// <summary>
/// Refused connections in the log, one line a second at most: who is refused may come again at once, and must not be able to fill
/// somebody's disk. A line says how many had none before it.
/// </summary>
internal sealed class RefusalLog(ILogger logger, string socket)
{
    private const long IntervalNanoseconds = 1_000_000_000;

    private long _lastNanoseconds = -IntervalNanoseconds;
    private int _silent;

    public void Note(string problem)
    {
        long now = TimerFd.Now();
        if (now - _lastNanoseconds < IntervalNanoseconds)
        {
            _silent++;
            return;
        }

        LogMessages.ConnectionRefused(logger, socket, _silent == 0 ? problem : string.Concat(problem, "; so were others before: ", _silent.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        (_lastNanoseconds, _silent) = (now, 0);
    }
}
