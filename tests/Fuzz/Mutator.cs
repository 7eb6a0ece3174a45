using System.Text;

namespace Shimd.Tests.Fuzz;

/// <summary>Makes new inputs of old ones. What it does follows from the seed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[][] s_words =
    [
        .. ((string[])
        [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\n", "\r\n", "\0", "null", "true", "false", "0", "-0", "-1", "1.0",
            "1e400", "NaN", "2147483648", "-2147483649", "9007199254740992", "9223372036854775808", "123456789012345678901234567890", "\"\"", "{}", "[]", "\"id\":", "\"params\":",
            "\"method\":", "\"fds\":", "\"jsonrpc\":\"2.0\",", "\"instance\":", "\"process\":", "\"stdio\":", "\"fifo\":", "\"fd\":", "\"since\":", "\"spec\":", "\"resources\":",
            "\"version\":", "../", "/", "$/cancelRequest", "rpc.discover", "é", "\uFEFF", "\u2028", "😀",
        ]).Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80],
    ];

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    /// <summary>One to eight changes to <paramref name="input"/>.</summary>
    public byte[] Mutate(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        List<byte> bytes = [.. input];
        for (int changes = 1 << Next(4); changes > 0; changes--)
        {
            Change(bytes, corpus);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        int at = Next(bytes.Count + 1);
        int length = Math.Min(1 + Next(1 + Next(32)), bytes.Count - at);
        switch (Next(9))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, s_words[Next(s_words.Length)]);
                break;
            case 5 when length > 0:
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, s_words[Next(s_words.Length)]);
                break;
            case 6:
                byte[] other = corpus[Next(corpus.Count)];
                int from = Next(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + Next(64))]);
                break;
            case 7:
                // The end of another one in the place of ours.
                byte[] end = corpus[Next(corpus.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(end[Next(end.Length + 1)..]);
                break;
            case 8 when length > 0:
                for (int turn = Next(64); turn > 0; turn--)
                {
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                }

                break;
        }
    }
}
