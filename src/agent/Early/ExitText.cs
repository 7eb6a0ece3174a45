using static Shimd.Early.EarlyText;

namespace Shimd.Early;

/// <summary>exit.json, as ShimState writes it: a test compares the two.</summary>
internal static unsafe class ExitText
{
    /// <summary>A text is never longer.</summary>
    public const int MaxBytes = 256;

    private const long TicksPerSecond = 10_000_000;
    private const int DaysFromMarchOfYearZero = 719_468;
    private const int DaysPerEra = 146_097;

    /// <summary>Writes the text of an exit.</summary>
    /// <param name="to">Room for <see cref="MaxBytes"/>.</param>
    /// <param name="state">How the process ended.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(byte* to, RestState* state)
    {
        byte* at = Put(to, "{\"version\":1,\"code\":"u8);
        at = Put(at, state->Signal == 0 ? state->ExitCode : 128 + state->Signal, 1);
        if (state->Signal != 0)
        {
            at = Put(Put(at, ",\"signal\":"u8), state->Signal, 1);
        }

        at = PutFlag(Put(at, ",\"coreDumped\":"u8), state->IsCoreDumped);
        at = PutFlag(Put(at, ",\"oomKilled\":"u8), state->IsOomKilled);
        at = PutTime(Put(at, ",\"at\":\""u8), state->EndedAt / 100);
        return (int)(Put(at, "\",\"source\":\"waited\"}"u8) - to);
    }

    /// <summary>As RecordTime: <c>2026-11-23T18:53:43.6991234+00:00</c>. The calendar begins in March, so that the leap day is its year's last.</summary>
    private static byte* PutTime(byte* at, long ticks)
    {
        long seconds = ticks / TicksPerSecond;
        long days = (seconds / 86_400) + DaysFromMarchOfYearZero;
        long era = days / DaysPerEra;
        long day = days - (era * DaysPerEra);
        long year = (day - (day / 1460) + (day / 36_524) - (day / 146_096)) / 365;
        day -= (365 * year) + (year / 4) - (year / 100);
        long month = ((5 * day) + 2) / 153;
        day -= ((153 * month) + 2) / 5;
        year += (era * 400) + (month >= 10 ? 1 : 0);
        at = Put(Put(at, year, 4), "-"u8);
        at = Put(Put(at, month < 10 ? month + 3 : month - 9, 2), "-"u8);
        at = Put(Put(at, day + 1, 2), "T"u8);
        at = Put(Put(at, seconds / 3600 % 24, 2), ":"u8);
        at = Put(Put(at, seconds / 60 % 60, 2), ":"u8);
        at = Put(Put(at, seconds % 60, 2), "."u8);
        return Put(Put(at, ticks % TicksPerSecond, 7), "+00:00"u8);
    }

    private static byte* PutFlag(byte* at, bool flag) => Put(at, flag ? "true"u8 : "false"u8);
}
