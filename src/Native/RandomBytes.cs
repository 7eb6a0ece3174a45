namespace Shimd.Native;

/// <summary>
/// getrandom(2). Not .NET's RandomNumberGenerator: that loads OpenSSL, and with it a second C library, into the static
/// binary, whose thread-local storage the two then overwrite for each other.
/// </summary>
internal static unsafe class RandomBytes
{
    /// <summary>Fills the buffer (at most 256 bytes are always given whole). Never fails once the machine has booted.</summary>
    public static void Fill(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            SysResult.From(Libc.getrandom(start, (nuint)buffer.Length, 0)).OrThrow("getrandom");
        }
    }
}
