using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shimd.Protocol;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Fuzz;

/// <summary>Whatever bytes come: they are understood, or refused with the error that is meant for it, and nothing else happens.</summary>
public sealed partial class MessageFuzzTests
{
    private delegate IWireObject ReadWire(JsonElement element);

    private delegate IRecord ReadRecordBytes(ReadOnlySpan<byte> json);

    private static readonly (Type Type, ReadWire Read)[] s_params = Readers(typeof(IParams), typeof(Params), nameof(Params.Read));

    // Params are read by the agent alone, strictly.
    private static readonly (Type Type, ReadWire Read)[] s_wire =
        [.. Readers(typeof(IWireObject), typeof(Wire), nameof(Wire.Read)).Where(reader => !reader.Type.Name.EndsWith("Params", StringComparison.Ordinal))];

    private static readonly (Type Type, ReadRecordBytes Read)[] s_records =
    [
        .. typeof(IRecord).Assembly.GetTypes().Where(type => type is { IsClass: true } && type.IsAssignableTo(typeof(IRecord)))
            .Select(type => (type, typeof(RecordReader).GetMethod(nameof(RecordReader.Read), [typeof(ReadOnlySpan<byte>)])!.MakeGenericMethod(type).CreateDelegate<ReadRecordBytes>())),
    ];

    [Fact]
    public void LineReader_AnyPieces_TheSameLines() => Fuzzing.Run("lines.txt", input =>
    {
        const int MaxLine = 64;
        List<string> whole = Lines(input, input.Length, MaxLine);
        List<string> pieces = Lines(input, 1 + (input.Length % 7), MaxLine);
        Assert.Equal(whole, pieces);
        return string.Join(' ', whole.Take(8).Select(line => line.Length));
    });

    [Fact]
    public void Request_AnyLine_IsBoundOrRefused() => Fuzzing.Run("lines.txt", input =>
    {
        var envelope = Envelope.Parse(input, isFirstLine: true);
        if (envelope.Error is { } error)
        {
            return Answer(envelope.Id, error);
        }

        StringBuilder answers = new(envelope.Method);
        foreach ((Type type, ReadWire read) in s_params)
        {
            try
            {
                // What was bound is written, and bound again, the same.
                byte[] written = Wire.ToLine(read(envelope.Params));
                Assert.Equal(written, Wire.ToLine(read(JsonElement.Parse(written))));
                _ = answers.Append(type.Name);
            }
            catch (ShimdException refusal)
            {
                Assert.Equal(ErrorCode.InvalidParams, refusal.Code);
                _ = answers.Append(Shape(Answer(envelope.Id, refusal)));
            }
        }

        return answers.ToString();
    });

    [Fact]
    public void Reply_AnyLine_IsReadOrRefused() => Fuzzing.Run("replies.txt", input => Each(input, s_wire, static (element, read) =>
    {
        byte[] written = Wire.ToLine(read(element));
        Assert.Equal(written, Wire.ToLine(read(JsonElement.Parse(written))));
    }));

    [Fact]
    public void StateRecord_AnyBytes_IsReadOrRefused() => Fuzzing.Run("records.txt", input =>
    {
        StringBuilder answers = new();
        foreach ((Type type, ReadRecordBytes read) in s_records)
        {
            try
            {
                byte[] written = RecordText.Of(read(input)).ToArray();
                Assert.Equal(written, RecordText.Of(read(written)).ToArray());
                _ = answers.Append(type.Name);
            }
            catch (JsonException refusal)
            {
                _ = answers.Append(Shape(refusal.Message));
            }
        }

        return answers.ToString();
    });

    private static string Each(byte[] input, (Type Type, ReadWire Read)[] readers, Action<JsonElement, ReadWire> check)
    {
        // What is read of an agent was understood as JSON before, by the line's own rules.
        using JsonDocument? document = JsonText.TryParse(input, out string problem);
        if (document is null)
        {
            return Shape(problem);
        }

        StringBuilder answers = new();
        foreach ((Type type, ReadWire read) in readers)
        {
            try
            {
                check(document.RootElement, read);
                _ = answers.Append(type.Name);
            }
            catch (JsonException refusal)
            {
                _ = answers.Append(Shape(refusal.Message));
            }
        }

        return answers.ToString();
    }

    /// <summary>The answer as it would be sent: a line, whole and short enough.</summary>
    private static string Answer(RequestId? id, ShimdException error)
    {
        using var writer = new LineWriter();
        writer.WriteError(id, error);
        ReadOnlySpan<byte> line = writer.Peek().Span;
        Assert.InRange(line.Length, 1, Limits.MaxOutputLineBytes);
        Assert.Equal(line.Length - 1, line.IndexOf((byte)'\n'));
        return Shape(JsonElement.Parse(line).GetProperty("error").GetProperty("message").GetString()!);
    }

    private static List<string> Lines(byte[] input, int piece, int maxLine)
    {
        var reader = new LineReader(maxLine);
        List<string> lines = [];
        for (int at = 0; at < input.Length; at += piece)
        {
            ReadOnlySpan<byte> rest = input.AsSpan(at, Math.Min(piece, input.Length - at));
            while (!rest.IsEmpty)
            {
                Span<byte> room = reader.GetSpan();
                int count = Math.Min(room.Length, rest.Length);
                rest[..count].CopyTo(room);
                reader.Commit(count);
                rest = rest[count..];
                Take(reader, lines);
            }
        }

        reader.Complete();
        Take(reader, lines);
        return lines;
    }

    private static void Take(LineReader reader, List<string> lines)
    {
        while (reader.TryRead(out ReadOnlyMemory<byte> line) is var status and not LineStatus.None)
        {
            lines.Add(status == LineStatus.TooLong ? "too long" : Convert.ToHexString(line.Span));
        }
    }

    private static (Type Type, ReadWire Read)[] Readers(Type of, Type reader, string method) =>
    [
        .. of.Assembly.GetTypes().Where(type => type is { IsClass: true } && type.IsAssignableTo(of) && type != typeof(RawObject) && type != typeof(OpenRpc))
            .Select(type => (type, reader.GetMethod(method)!.MakeGenericMethod(type).CreateDelegate<ReadWire>())),
    ];

    /// <summary>Without what differs from input to input, else every answer would be a new one.</summary>
    private static string Shape(string message) => Varying().Replace(message.Length > 60 ? message[..60] : message, "#");

    [GeneratedRegex("[0-9]+|'[^']*'|\\[[^]]*]")]
    private static partial Regex Varying();
}
