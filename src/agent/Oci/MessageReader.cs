using System.Text.Json;

namespace Shimd.Oci;

/// <summary>
/// The members of a JSON object, of a message or a state file. X is required; XOrNone and FlagOrFalse may be absent. Null is only what
/// may be absent. Every method throws <see cref="JsonException"/> with the member's name.
/// </summary>
internal readonly struct MessageReader
{
    private readonly JsonElement _object;

    private MessageReader(JsonElement element) => _object = element;

    /// <summary>Reads a message from its bytes.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json)
        where T : class, IMessage<T>
    {
        try
        {
            return T.Read(Of(json));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the parser lets pass.
            throw new JsonException("a text in it is no Unicode");
        }
    }

    /// <summary>The members of the object in these bytes.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static MessageReader Of(ReadOnlySpan<byte> json) => Of(JsonElement.Parse(json), "it");

    public MessageReader Member(string name) => MemberOrNone(name) ?? throw Missing(name);

    public MessageReader? MemberOrNone(string name) => Find(name, out JsonElement value) ? Of(value, $"its '{name}'") : null;

    public string Text(string name) => TextOrNone(name) ?? throw Missing(name);

    public string? TextOrNone(string name) => Find(name, out JsonElement value) ? TextOf(value, name) : null;

    /// <summary>One of the words, as the very string of the list; a newer version may know more.</summary>
    public string Word(string name, ReadOnlySpan<string> words)
    {
        string text = Text(name);
        foreach (string word in words)
        {
            if (word == text)
            {
                return word;
            }
        }

        throw new JsonException($"its '{name}' is '{text}', which is none of {string.Join(", ", words)}");
    }

    public bool FlagOrFalse(string name) => HasKey(name, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name),
    };

    public int Int(string name) => IntOrNone(name) ?? throw Missing(name);

    public int? IntOrNone(string name) => LongOrNone(name) switch
    {
        null => null,
        >= int.MinValue and <= int.MaxValue and var number => (int)number,
        _ => throw Wrong(name),
    };

    public long LongOrZero(string name) => LongOrNone(name) ?? 0;

    private long? LongOrNone(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(name);
    }

    public List<string> Texts(string name)
    {
        Require(name, out JsonElement value);
        return TextsOf(value, name);
    }

    public List<string> TextsOrEmpty(string name) => HasKey(name, out JsonElement value) ? TextsOf(value, name) : [];

    public T? ObjectOrNone<T>(string name)
        where T : class, IMessage<T>
        => MemberOrNone(name) is { } member ? T.Read(member) : null;

    public uint UnsignedOrZero(string name) => LongOrNone(name) switch
    {
        null => 0,
        >= 0 and <= uint.MaxValue and var number => (uint)number,
        _ => throw Wrong(name),
    };

    private static MessageReader Of(JsonElement element, string what)
        => element.ValueKind == JsonValueKind.Object ? new MessageReader(element) : throw new JsonException($"{what} is not an object");

    private void Require(string name, out JsonElement value)
    {
        if (!HasKey(name, out value))
        {
            throw Missing(name);
        }
    }

    private bool HasKey(string name, out JsonElement value) => _object.TryGetProperty(name, out value);

    private bool Find(string name, out JsonElement value) => HasKey(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static List<string> TextsOf(JsonElement value, string name)
    {
        Expect(value, JsonValueKind.Array, name);
        List<string> texts = [];
        foreach (JsonElement item in value.EnumerateArray())
        {
            texts.Add(TextOf(item, name));
        }

        return texts;
    }

    private static string TextOf(JsonElement value, string name)
    {
        Expect(value, JsonValueKind.String, name);
        return value.GetString()!;
    }

    private static void Expect(JsonElement value, JsonValueKind kind, string name)
    {
        if (value.ValueKind != kind)
        {
            throw Wrong(name);
        }
    }

    private static JsonException Missing(string name) => new($"it has no '{name}'");

    private static JsonException Wrong(string name) => new($"its '{name}' is not what it should be");
}
