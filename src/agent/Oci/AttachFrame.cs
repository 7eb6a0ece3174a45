using System.Buffers.Binary;

namespace Shimd.Oci;

/// <summary>
/// How a shim wraps output for an agent that has to know which stream it is of: a header of eight bytes, the kind and the length of
/// what follows, both little-endian. On the same machine, between two processes of one binary or its neighbour versions.
/// </summary>
internal static class AttachFrame
{
    public const int HeaderBytes = 8;

    public const int Stdout = 1;

    public const int Stderr = 2;

    /// <summary>Bytes were lost here; how many follows as a number of eight bytes.</summary>
    public const int Gap = 3;

    public const int GapBytes = 8;

    public static void WriteHeader(Span<byte> header, int kind, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, kind);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], length);
    }

    /// <summary>A whole frame that says how much was lost.</summary>
    public static void WriteGap(Span<byte> frame, long lostBytes)
    {
        WriteHeader(frame, Gap, GapBytes);
        BinaryPrimitives.WriteInt64LittleEndian(frame[HeaderBytes..], lostBytes);
    }

    public static int KindOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32LittleEndian(header);

    public static int LengthOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32LittleEndian(header[4..]);

    public static long LostBytesOf(ReadOnlySpan<byte> content) => BinaryPrimitives.ReadInt64LittleEndian(content);
}
