using System.Text;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

public sealed class LogLineTests
{
    private const string Time = "2026-11-23T18:53:43.123456789Z";
    private const long Nanoseconds = 1_795_460_023_123_456_789;

    [Theory]
    [InlineData("a line\n", false, Time + " stdout F a line\n")]
    [InlineData("no end", true, Time + " stderr P no end\n")]
    [InlineData("\n", false, Time + " stdout F \n")]
    [InlineData("{\"a\":1}\t\\\r\n", false, Time + " stdout F {\"a\":1}\t\\\r\n")]
    public void Write_Cri_IsTheOutputAsItIs(string output, bool isError, string expected)
        => Assert.Equal(expected, Encoding.UTF8.GetString(Write(json: false, isError, Encoding.UTF8.GetBytes(output))));

    [Theory]
    [InlineData("a line\n", "a line\\n")]
    [InlineData("no end", "no end")]
    [InlineData("\"q\" \\ \t\r\n", "\\\"q\\\" \\\\ \\t\\r\\n")]
    [InlineData("\0\u0001\u001b[0m\u007f", "\\u0000\\u0001\\u001b[0m\u007f")]
    [InlineData("café 😀 \u2028", "café 😀 \u2028")]
    public void Write_Json_IsDockersLine(string output, string escaped)
        => Assert.Equal(
            $"{{\"log\":\"{escaped}\",\"stream\":\"stdout\",\"time\":\"{Time}\"}}\n",
            Encoding.UTF8.GetString(Write(json: true, isError: false, Encoding.UTF8.GetBytes(output))));

    [Fact]
    public void Write_JsonOfAnyText_ReadsAsTheSame()
    {
        // Every length around the step in which text is copied, and what must be escaped at every place.
        string[] special = ["\"", "\\", "\n", "\0", "\u001f", "é", "\t\"", "\"\"\""];
        for (int length = 1; length < 70; length++)
        {
            for (int at = 0; at < length; at++)
            {
                string text = new string('x', at) + special[(length + at) % special.Length] + new string('y', length - at - 1);
                using var line = System.Text.Json.JsonDocument.Parse(Write(json: true, isError: false, Encoding.UTF8.GetBytes(text)));
                Assert.Equal(text, line.RootElement.GetProperty("log").GetString());
            }
        }
    }

    [Fact]
    public void Write_JsonOfBytesThatAreNoText_HasTheBytesAsWell()
    {
        byte[] output = [.. "caf\u00e9 "u8, 0xff, 0xc3, (byte)'!', (byte)'\n'];

        string line = Encoding.UTF8.GetString(Write(json: true, isError: true, output));

        Assert.Equal(
            $"{{\"base64\":\"{Convert.ToBase64String(output)}\",\"log\":\"café \uFFFD\uFFFD!\\n\",\"stream\":\"stderr\",\"time\":\"{Time}\"}}\n", line);
    }

    [Fact]
    public void RoomFor_TheWorst_IsEnough()
    {
        byte[] worst = new byte[LogLine.MaxContentBytes + 1];
        worst.AsSpan().Fill(1);
        worst[7] = 0xff;

        byte[] line = Write(json: true, isError: true, worst);

        Assert.InRange(line.Length, worst.Length * 6, LogLine.RoomFor(worst.Length, json: true));
        Assert.InRange(Write(json: false, isError: true, worst).Length, 1, LogLine.RoomFor(worst.Length, json: false));
    }

    [Theory]
    [InlineData("abcd", 4)]
    [InlineData("abcé", 5)]
    [InlineData("ab€", 5)]
    [InlineData("a😀", 5)]
    public void CutOf_WholeCharacters_IsTheEnd(string text, int length)
        => Assert.Equal(length, LogLine.CutOf(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("abcé", 1, 3)]
    [InlineData("ab€", 1, 2)]
    [InlineData("ab€", 2, 2)]
    [InlineData("a😀", 1, 1)]
    [InlineData("a😀", 2, 1)]
    [InlineData("a😀", 3, 1)]
    public void CutOf_PartOfACharacter_IsBeforeIt(string text, int missing, int cut)
        => Assert.Equal(cut, LogLine.CutOf(Encoding.UTF8.GetBytes(text).AsSpan()[..^missing]));

    [Fact]
    public void CutOf_NoText_IsNeverMoreThanThreeBytesBeforeTheEnd()
    {
        var random = new Random(7);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 10_000; i++)
        {
            random.NextBytes(bytes);
            Assert.InRange(LogLine.CutOf(bytes), bytes.Length - 3, bytes.Length);
        }
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.000000000Z")]
    [InlineData(1_000_000_001, "1970-01-01T00:00:01.000000001Z")]
    [InlineData(1_709_210_096_123_456_789, "2024-02-29T12:34:56.123456789Z")]
    public void Time_Nanoseconds_AreAllThere(long nanoseconds, string expected)
    {
        byte[] text = new byte[LineTime.Bytes];

        LineTime.Write(nanoseconds, text);

        Assert.Equal(expected, Encoding.ASCII.GetString(text));
    }

    private static byte[] Write(bool json, bool isError, byte[] output)
    {
        byte[] room = new byte[LogLine.RoomFor(output.Length, json)];
        byte[] frame = new byte[LogLine.MaxFrameBytes];
        int frameBytes = LogLine.WriteFrame(frame, json, Nanoseconds, isError);
        int length = LogLine.Write(room, json, frame.AsSpan(0, frameBytes), output);
        return room[..length];
    }
}
