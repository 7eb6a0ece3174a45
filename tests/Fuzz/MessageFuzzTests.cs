using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Fuzz;

/// <summary>Whatever bytes come: they are understood, or refused with the error that is meant for it, and nothing else happens.</summary>
public sealed partial class MessageFuzzTests
{
    private delegate IWireObject ReadWire(JsonElement element);

    private delegate IMessage ReadMessageBytes(ReadOnlySpan<byte> json);

    private static readonly (Type Type, ReadWire Read)[] s_params = Readers(typeof(IParams), typeof(Params), nameof(Params.Read));

    // Params are read by the agent alone, strictly.
    private static readonly (Type Type, ReadWire Read)[] s_wire =
        [.. Readers(typeof(IWireObject), typeof(Wire), nameof(Wire.Read)).Where(reader => !reader.Type.Name.EndsWith("Params", StringComparison.Ordinal))];

    private static readonly (Type Type, ReadMessageBytes Read)[] s_messages =
    [
        .. typeof(IMessage).Assembly.GetTypes().Where(type => type is { IsClass: true } && type.IsAssignableTo(typeof(IMessage)))
            .Select(type => (type, typeof(MessageReader).GetMethod(nameof(MessageReader.Read), [typeof(ReadOnlySpan<byte>)])!.MakeGenericMethod(type).CreateDelegate<ReadMessageBytes>())),
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
    public void Message_AnyBytesBetweenAgentAndShim_IsReadOrRefused() => Fuzzing.Run("records.txt", input =>
    {
        StringBuilder answers = new();
        foreach ((Type type, ReadMessageBytes read) in s_messages)
        {
            try
            {
                byte[] written = MessageText.Line(read(input)).ToArray();
                Assert.Equal(written, MessageText.Line(read(written)).ToArray());
                _ = answers.Append(type.Name);
            }
            catch (JsonException refusal)
            {
                _ = answers.Append(Shape(refusal.Message));
            }
        }

        return answers.ToString();
    });

    [Fact]
    public void StateFile_AnyBytes_IsReadOrRefused()
    {
        using var directory = new TempDirectory();
        string path = directory["state.json"];
        Fuzzing.Run("records.txt", input =>
        {
            File.WriteAllBytes(path, input);
            return Answer(path, StateJson.Default.ContainerRecord) + Answer(path, StateJson.Default.ProcessRecord)
                + Answer(path, StateJson.Default.RunningRecord) + Answer(path, StateJson.Default.ExitRecord);
        });
    }

    /// <summary>What was read is written the same again.</summary>
    private static string Answer<T>(string path, JsonTypeInfo<T> type)
        where T : class, IStateRecord
    {
        StateRead<T> read = StateFile.Read(path, type);
        if (read.Record is not { } record)
        {
            return Shape(read.Problem!.Replace(path, "", StringComparison.Ordinal));
        }

        string written = JsonSerializer.Serialize(record, type);
        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize(written, type)!, type));
        return typeof(T).Name;
    }

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
