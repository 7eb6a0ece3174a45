using System.Text.Json;

namespace Shimd.Storage;

/// <summary>
/// The members of a JSON object, for a record's Read. X is required; XOrNone and FlagOrFalse may be absent. Null is only what
/// may be absent. Every method throws <see cref="JsonException"/> with the member's name.
/// </summary>
internal readonly struct RecordReader
{
    private readonly JsonElement _object;

    private RecordReader(JsonElement element) => _object = element;

    /// <summary>Reads a record from its bytes.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json)
        where T : class, IRecord<T>
        => Read<T>(JsonElement.Parse(json));

    /// <inheritdoc cref="Read{T}(ReadOnlySpan{byte})"/>
    public static T Read<T>(JsonElement element)
        where T : class, IRecord<T>
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is not an object");
        }

        try
        {
            return T.Read(new RecordReader(element));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the parser lets pass.
            throw new JsonException("a text in it is no Unicode");
        }
    }

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

    public long Long(string name) => LongOrNone(name) ?? throw Missing(name);

    public long? LongOrNone(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(name);
    }

    public ulong Unsigned(string name)
    {
        Require(name, out JsonElement value);
        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : throw Wrong(name);
    }

    public DateTimeOffset Time(string name) => TimeOrNone(name) ?? throw Missing(name);

    public DateTimeOffset? TimeOrNone(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out DateTimeOffset time) ? time : throw Wrong(name);
    }

    public string[] Texts(string name)
    {
        Require(name, out JsonElement value);
        return TextsOf(value, name);
    }

    public string[] TextsOrEmpty(string name) => HasKey(name, out JsonElement value) ? TextsOf(value, name) : [];

    public IReadOnlyDictionary<string, string> TextMapOrEmpty(string name)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        if (HasKey(name, out JsonElement value))
        {
            Expect(value, JsonValueKind.Object, name);
            foreach (JsonProperty member in value.EnumerateObject())
            {
                map[member.Name] = TextOf(member.Value, name);
            }
        }

        return map;
    }

    public T Object<T>(string name)
        where T : class, IRecord<T>
        => ObjectOrNone<T>(name) ?? throw Missing(name);

    public T? ObjectOrNone<T>(string name)
        where T : class, IRecord<T>
        => Find(name, out JsonElement value) ? Read<T>(value) : null;

    /// <summary>Any JSON, null too.</summary>
    public JsonElement Json(string name)
    {
        Require(name, out JsonElement value);
        return value;
    }

    /// <summary>A number or null, but one of the two must be there.</summary>
    public int? IntOrNull(string name)
    {
        Require(name, out _);
        return IntOrNone(name);
    }

    public uint UnsignedOrZero(string name) => LongOrNone(name) switch
    {
        null => 0,
        >= 0 and <= uint.MaxValue and var number => (uint)number,
        _ => throw Wrong(name),
    };

    private void Require(string name, out JsonElement value)
    {
        if (!HasKey(name, out value))
        {
            throw Missing(name);
        }
    }

    private bool HasKey(string name, out JsonElement value) => _object.TryGetProperty(name, out value);

    private bool Find(string name, out JsonElement value) => HasKey(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static string[] TextsOf(JsonElement value, string name)
    {
        Expect(value, JsonValueKind.Array, name);
        string[] texts = new string[value.GetArrayLength()];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = TextOf(value[i], name);
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
