using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Shimd.Oci;
using Shimd.Protocol;
using Shimd.Storage;

namespace Shimd.Tests.Fuzz;

/// <summary>
/// What is tried with any bytes: each answers, in a few words, what came of its input, and throws when it must not have come to that. Here
/// for the mutations of the tests, and in tests/guided for a fuzzer that sees which branches an input takes.
/// </summary>
internal static partial class Targets
{
    private const string StatePath = "/dev/shm/shimd-fuzz-";

    private delegate IWireObject ReadWire(ReadOnlyMemory<byte> json);

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

    /// <summary>By name, with the corpus to begin with.</summary>
    public static IReadOnlyDictionary<string, (string Corpus, Func<byte[], string> Try)> All { get; } = new Dictionary<string, (string, Func<byte[], string>)>
    {
        ["lines"] = ("lines.txt", LineReader),
        ["requests"] = ("lines.txt", Request),
        ["replies"] = ("replies.txt", Reply),
        ["messages"] = ("records.txt", Message),
        ["state"] = ("records.txt", State),
    };

    /// <summary>However the bytes are cut into pieces, the lines are the same.</summary>
    public static string LineReader(byte[] input)
    {
        const int MaxLine = 64;
        List<string> whole = Lines(input, input.Length, MaxLine);
        Check(whole.SequenceEqual(Lines(input, 1 + (input.Length % 7), MaxLine)), "in pieces the lines are others");
        return string.Join(' ', whole.Take(8).Select(line => line.Length));
    }

    /// <summary>A line is bound to params, and these are written and bound again the same; or it is refused with an error that can be sent.</summary>
    public static string Request(byte[] input)
    {
        var envelope = Envelope.Parse(input, isFirstLine: true);
        CheckPlain(input, envelope);
        if (envelope.Error is { } error)
        {
            return Answer(envelope.Id, error);
        }

        StringBuilder answers = new(envelope.Method);
        foreach ((Type type, ReadWire read) in s_params)
        {
            try
            {
                CheckWrittenAgain(envelope.Params, read);
                _ = answers.Append(type.Name);
            }
            catch (ShimdException refusal)
            {
                Check(refusal.Code == ErrorCode.InvalidParams, $"{type.Name} is refused with {refusal.Code}");
                _ = answers.Append(Shape(Answer(envelope.Id, refusal)));
            }
        }

        return answers.ToString();
    }

    /// <summary>What is read as a plain request is one in the envelope's words, too.</summary>
    private static void CheckPlain(byte[] input, Envelope envelope)
    {
        if (!PlainRequest.TryRead(input, out PlainRequest plain))
        {
            return;
        }

        Check(envelope.Kind is EnvelopeKind.Request && envelope.Method == Encoding.UTF8.GetString(plain.Method) && envelope.Fds == 0, "a plain request is no such request");
        Check(envelope.Id!.ToString() == Encoding.UTF8.GetString(plain.Id), "a plain request has another id");
        var parameters = JsonMembers.Of(envelope.Params);
        Check(parameters.Count == 1 && parameters.TryGet("id", out JsonSlice id) && id.GetString() == Encoding.UTF8.GetString(plain.Container), "a plain request has other params");
    }

    /// <summary>What a client reads of an agent.</summary>
    public static string Reply(byte[] input)
    {
        // It was understood as JSON before, by the line's own rules.
        if (JsonText.TryRead(input, out _, out string problem) is not { } root)
        {
            return Shape(problem);
        }

        StringBuilder answers = new();
        foreach ((Type type, ReadWire read) in s_wire)
        {
            try
            {
                CheckWrittenAgain(root.Text, read);
                _ = answers.Append(type.Name);
            }
            catch (JsonException refusal)
            {
                _ = answers.Append(Shape(refusal.Message));
            }
        }

        return answers.ToString();
    }

    /// <summary>What agent and shim say to each other.</summary>
    public static string Message(byte[] input)
    {
        StringBuilder answers = new();
        foreach ((Type type, ReadMessageBytes read) in s_messages)
        {
            try
            {
                byte[] written = MessageText.Line(read(input)).ToArray();
                Check(written.AsSpan().SequenceEqual(MessageText.Line(read(written))), $"{type.Name} is another when it is read again");
                _ = answers.Append(type.Name);
            }
            catch (JsonException refusal)
            {
                _ = answers.Append(Shape(refusal.Message));
            }
        }

        return answers.ToString();
    }

    /// <summary>A file of the state root.</summary>
    public static string State(byte[] input)
    {
        string path = StatePath + Environment.ProcessId;
        File.WriteAllBytes(path, input);
        try
        {
            return Answer(path, StateJson.Default.ContainerRecord) + Answer(path, StateJson.Default.ProcessRecord)
                + Answer(path, StateJson.Default.RunningRecord) + Answer(path, StateJson.Default.ExitRecord);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    private static void CheckWrittenAgain(ReadOnlyMemory<byte> json, ReadWire read)
    {
        byte[] written = Wire.ToJson(read(json));
        Check(written.AsSpan().SequenceEqual(Wire.ToJson(read(written))), "what was read is written, and read again, as another");
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
        Check(written == JsonSerializer.Serialize(JsonSerializer.Deserialize(written, type)!, type), $"{typeof(T).Name} is another when it is read again");
        return typeof(T).Name;
    }

    /// <summary>The answer as it would be sent: a line, whole and short enough.</summary>
    private static string Answer(RequestId? id, ShimdException error)
    {
        using var writer = new LineWriter();
        writer.WriteError(id, error);
        ReadOnlySpan<byte> line = writer.Peek().Span;
        Check(line.Length is > 0 and <= Limits.MaxOutputLineBytes, $"an answer of {line.Length} bytes");
        Check(line.IndexOf((byte)'\n') == line.Length - 1, "an answer that is not one line");
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
            .Select(type => (type, reader.GetMethod(method, [typeof(ReadOnlyMemory<byte>)])!.MakeGenericMethod(type).CreateDelegate<ReadWire>())),
    ];

    /// <summary>Without what differs from input to input, else every answer would be a new one.</summary>
    private static string Shape(string message) => Varying().Replace(message.Length > 60 ? message[..60] : message, "#");

    [GeneratedRegex("[0-9]+|'[^']*'|\\[[^]]*]")]
    private static partial Regex Varying();
}
