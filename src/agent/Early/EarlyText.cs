namespace Shimd.Early;

/// <summary>Texts as libc has them.</summary>
internal static unsafe class EarlyText
{
    /// <summary>Whether it begins so; with a NUL at the end of <paramref name="wanted"/>, whether it is that.</summary>
    public static bool Begins(byte* text, ReadOnlySpan<byte> wanted)
    {
        for (int i = 0; i < wanted.Length; i++)
        {
            if (text[i] != wanted[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The number that it begins with; 0 for none.</summary>
    public static long Number(byte* digits)
    {
        long number = 0;
        for (; *digits is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            number = (number * 10) + (*digits - '0');
        }

        return number;
    }

    /// <summary>Copies a text.</summary>
    /// <returns>Where it ends.</returns>
    public static byte* Put(byte* at, ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            at[i] = text[i];
        }

        return at + text.Length;
    }

    /// <summary>Writes a number, with at least so many digits.</summary>
    /// <returns>Where it ends.</returns>
    public static byte* Put(byte* at, long number, int digits)
    {
        long limit = 1;
        for (int i = 0; i < digits; i++)
        {
            limit *= 10;
        }

        for (; number >= limit; limit *= 10)
        {
            digits++;
        }

        for (int i = digits - 1; i >= 0; i--)
        {
            at[i] = (byte)('0' + (number % 10));
            number /= 10;
        }

        return at + digits;
    }
}
