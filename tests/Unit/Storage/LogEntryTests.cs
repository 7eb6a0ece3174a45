using System.Text;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

public sealed class LogEntryTests
{
    private const string Time = "2026-11-23T18:53:43.123456789Z";
    private const long Nanoseconds = 1_795_460_023_123_456_789;

    public static TheoryData<string, bool> Outputs => new()
    {
        { "a line\n", false }, { "no end", true }, { "\n", false }, { "\"q\" \\ \t\r\0\u001f\n", true }, { "ends in \\n", false }, { "ends in \\", false },
        { "\\\\n", false }, { "caf\u00c3\u00a9 \u00ff\n", true }, { "\u00ff", false }, { "\u00ff\\n", false }, { "\u00ff\n", true },
    };

    [Theory]
    [MemberData(nameof(Outputs))]
    public void TryRead_WhatWasWritten_IsThat(string latin1, bool isError)
    {
        byte[] output = Encoding.Latin1.GetBytes(latin1);
        foreach (bool json in (ReadOnlySpan<bool>)[true, false])
        {
            byte[] line = Write(json, isError, output);

            Assert.True(LogEntry.TryRead(line, json, new byte[100], out LogEntry entry));

            Assert.Equal(Time, Encoding.ASCII.GetString(entry.Time));
            Assert.Equal(isError, entry.IsError);
            Assert.Equal(latin1.EndsWith('\n'), entry.IsWhole);
            Assert.Equal(latin1.TrimEnd('\n'), Encoding.Latin1.GetString(entry.Output));
            Assert.True(LogEntry.TryPeek(line, json, out LogEntry peeked));
            Assert.Equal((entry.IsError, entry.IsWhole), (peeked.IsError, peeked.IsWhole));
        }
    }

    [Fact]
    public void TryRead_RandomBytes_AreThoseThatWereWritten()
    {
        var random = new Random(5);
        byte[] output = new byte[3_000];
        for (int i = 0; i < 300; i++)
        {
            random.NextBytes(output.AsSpan(0, i));
            byte[] piece = output[..i];
            if (piece is [])
            {
                continue;
            }

            Assert.True(LogEntry.TryRead(Write(json: true, isError: false, piece), json: true, new byte[400], out LogEntry entry));
            Assert.Equal(piece, entry.IsWhole ? [.. entry.Output, (byte)'\n'] : entry.Output.ToArray());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("torn")]
    [InlineData("{\"log\":\"x\"}")]
    [InlineData("{\"log\":\"bad \\")]
    [InlineData("2026-11-23T18:53:43.123456789Z stdin F x")]
    [InlineData("2026-11-23T18:53:43.123456789Z stdout X x")]
    [InlineData("{\"lag\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-11-23T18:53:43.123456789Z\"}")]
    [InlineData("{\"log\":\"\\u00\",\"stream\":\"stdout\",\"time\":\"2026-11-23T18:53:43.123456789Z\"}")]
    [InlineData("{\"base64\":\"?\",\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-11-23T18:53:43.123456789Z\"}")]
    public void TryRead_OtherLines_AreRefused(string line)
    {
        Assert.False(LogEntry.TryRead(Encoding.UTF8.GetBytes(line), json: true, new byte[100], out _));
        Assert.False(LogEntry.TryRead(Encoding.UTF8.GetBytes(line), json: false, new byte[100], out _));
    }

    [Fact]
    public void TryRead_MoreThanThereIsRoomFor_IsRefused()
        => Assert.False(LogEntry.TryRead(Write(json: true, isError: false, "too long"u8.ToArray()), json: true, new byte[3], out _));

    private static byte[] Write(bool json, bool isError, byte[] output)
    {
        byte[] room = new byte[LogLine.RoomFor(output.Length, json)];
        byte[] frame = new byte[LogLine.MaxFrameBytes];
        int frameBytes = LogLine.WriteFrame(frame, json, Nanoseconds, isError);
        int length = LogLine.Write(room, json, frame.AsSpan(0, frameBytes), output);
        return room[..(length - 1)];
    }
}
