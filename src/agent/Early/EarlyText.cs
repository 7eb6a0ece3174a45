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
}
