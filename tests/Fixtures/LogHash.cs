using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Shimd.Tests.Fixtures;

/// <summary>What a log of any size says, as a hash: read a piece at a time, by other code than the agent's.</summary>
internal static class LogHash
{
    private const int CriHeadBytes = 40;

    /// <summary>The bytes of stdout in all these files, in that order, how many they are and their SHA-256; throws where a line is none.</summary>
    public static (long Bytes, string Sha256) Of(params IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        foreach (string path in files)
        {
            bytes += Add(hash, path);
        }

        return (bytes, Convert.ToHexString(hash.GetHashAndReset()));
    }

    /// <summary>Adds the bytes of stdout in one more file.</summary>
    /// <returns>How many they are.</returns>
    public static long Add(IncrementalHash hash, string path)
    {
        byte[] buffer = new byte[1 << 20];
        long bytes = 0;
        using FileStream file = File.OpenRead(path);
        int kept = 0;
        for (int read = file.Read(buffer); read > 0; read = file.Read(buffer, kept, buffer.Length - kept))
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, kept + read);
            for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                bytes += Add(hash, rest[..end]);
                rest = rest[(end + 1)..];
            }

            rest.CopyTo(buffer);
            kept = rest.Length;
        }

        return kept == 0 ? bytes : throw new InvalidDataException($"{path} ends in the midst of a line");
    }

    private static int Add(IncrementalHash hash, ReadOnlySpan<byte> line)
    {
        if (line[0] != (byte)'{')
        {
            bool isWhole = line[CriHeadBytes - 2] == (byte)'F';
            hash.AppendData(line[CriHeadBytes..]);
            hash.AppendData(isWhole ? "\n"u8 : []);
            return line.Length - CriHeadBytes + (isWhole ? 1 : 0);
        }

        var reader = new Utf8JsonReader(line);
        reader.Read();
        reader.Read();
        bool isBase64 = reader.ValueTextEquals("base64"u8);
        reader.Read();
        byte[] output = new byte[reader.ValueSpan.Length];
        int length;
        if (isBase64)
        {
            _ = Base64.DecodeFromUtf8(reader.ValueSpan, output, out _, out length);
        }
        else
        {
            length = reader.CopyString(output);
        }

        hash.AppendData(output.AsSpan(0, length));
        return length;
    }
}
