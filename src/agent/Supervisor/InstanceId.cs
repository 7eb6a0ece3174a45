using Shimd.Native;

namespace Shimd.Supervisor;

/// <summary>Makes the opaque name of one create: the time in milliseconds and 80 random bits, so that names sort by age (as a ULID).</summary>
internal static class InstanceId
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 26;
    private const int TimeLength = 10;

    public static string New(DateTimeOffset now)
    {
        Span<char> text = stackalloc char[Length];
        long time = now.ToUnixTimeMilliseconds();
        for (int i = TimeLength - 1; i >= 0; i--, time >>= 5)
        {
            text[i] = Alphabet[(int)(time & 31)];
        }

        Span<byte> random = stackalloc byte[Length - TimeLength];
        RandomBytes.Fill(random);
        for (int i = 0; i < random.Length; i++)
        {
            text[TimeLength + i] = Alphabet[random[i] & 31];
        }

        return new string(text);
    }
}
