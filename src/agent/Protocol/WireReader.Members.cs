using System.Text.Json;

namespace Shimd.Protocol;

/// <content>
/// One method a kind of value and a need: X is required, XOrNone may be absent. Where the value is missing but required they answer an
/// empty one, and reading fails at its end.
/// </content>
internal sealed partial class WireReader
{
    public string Text(string name) => TextOrNone(name, WireNeed.Required) ?? "";

    public string? TextOrNone(string name, WireNeed need = WireNeed.Optional) =>
        Find(name, WireKind.Text, need, out JsonSlice value) ? TextOf(value, name) : null;

    public int Int(string name) => IntOrNone(name, WireNeed.Required) ?? 0;

    public int? IntOrNone(string name, WireNeed need = WireNeed.Optional) =>
        Find(name, WireKind.Integer, need, out JsonSlice value) ? IntOf(value, name) : null;

    public long Long(string name) => LongOrNone(name, WireNeed.Required) ?? 0;

    public long? LongOrNone(string name, WireNeed need = WireNeed.Optional)
    {
        if (!Find(name, WireKind.Integer, need, out JsonSlice value))
        {
            return null;
        }

        Expect(value, JsonValueKind.Number, name, "must be an integer");
        return value.TryGetInt64(out long number) ? number : throw NoInteger(value, name);
    }

    public bool Flag(string name) => FlagOrNone(name, WireNeed.Required) ?? false;

    public bool FlagOrFalse(string name) => FlagOrNone(name, WireNeed.NotNull) ?? false;

    public bool? FlagOrNone(string name, WireNeed need = WireNeed.Optional)
    {
        if (!Find(name, WireKind.Flag, need, out JsonSlice value))
        {
            return null;
        }

        return value.Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, "must be true or false"),
        };
    }

    public DateTimeOffset Time(string name) => TimeOrNone(name, WireNeed.Required) ?? default;

    public DateTimeOffset? TimeOrNone(string name, WireNeed need = WireNeed.Optional)
    {
        if (!Find(name, WireKind.Time, need, out JsonSlice value))
        {
            return null;
        }

        return value.Kind == JsonValueKind.String && Rfc3339.TryParse(value.GetString(), out DateTimeOffset time)
            ? time
            : throw Wrong(name, "must be an RFC 3339 time, such as 2026-11-23T18:53:43.699Z");
    }

    public T Object<T>(string name)
        where T : class, IWireObject<T>
        => ObjectOrNone<T>(name, WireNeed.Required)!;

    public T? ObjectOrNone<T>(string name, WireNeed need = WireNeed.Optional)
        where T : class, IWireObject<T>
        => Find<T>(name, WireKind.Object, need, out JsonSlice value) ? ObjectOf<T>(value, name) : null;

    public string[] Texts(string name) => TextsOrNone(name, WireNeed.Required) ?? [];

    public string[]? TextsOrNone(string name, WireNeed need = WireNeed.Optional)
    {
        if (!Find(name, WireKind.Texts, need, out JsonSlice value))
        {
            return null;
        }

        List<JsonSlice> elements = ElementsOf(value, name);
        string[] texts = new string[elements.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = TextOf(elements[i], name, i);
        }

        return texts;
    }

    public int[] Ints(string name)
    {
        if (!Find(name, WireKind.Integers, WireNeed.Required, out JsonSlice value))
        {
            return [];
        }

        List<JsonSlice> elements = ElementsOf(value, name);
        int[] numbers = new int[elements.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = IntOf(elements[i], $"{name}[{i}]");
        }

        return numbers;
    }

    public T[] Objects<T>(string name)
        where T : class, IWireObject<T>
        => ObjectsOrNone<T>(name, WireNeed.Required) ?? [];

    public T[]? ObjectsOrNone<T>(string name, WireNeed need = WireNeed.Optional)
        where T : class, IWireObject<T>
    {
        if (!Find<T>(name, WireKind.Objects, need, out JsonSlice value))
        {
            return null;
        }

        List<JsonSlice> elements = ElementsOf(value, name);
        T[] objects = new T[elements.Count];
        for (int i = 0; i < objects.Length; i++)
        {
            objects[i] = ObjectOf<T>(elements[i], $"{name}[{i}]");
        }

        return objects;
    }

    public Dictionary<string, string> TextMap(string name) => TextMapOrNone(name, WireNeed.Required) ?? [];

    public Dictionary<string, string>? TextMapOrNone(string name, WireNeed need = WireNeed.Optional)
    {
        if (!Find(name, WireKind.TextMap, need, out JsonSlice value))
        {
            return null;
        }

        Expect(value, JsonValueKind.Object, name, "must be an object");
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        JsonMembers members = value.GetMembers();
        for (int i = 0; i < members.Count; i++)
        {
            map[members.NameAt(i)] = members.ValueAt(i) is { Kind: JsonValueKind.String } text
                ? text.GetString()
                : throw Wrong($"{name}.{WireText.Truncate(members.NameAt(i), 128)}", "must be a string");
        }

        return map;
    }

    /// <summary>A copy, for the line's memory is used again. Null is a value here: which kinds it may be is the record's to check.</summary>
    public JsonElement Json(string name) => Find(name, WireKind.Json, WireNeed.Required, out JsonSlice value) ? value.ToElement() : default;

    /// <summary>A copy, for the line's memory is used again.</summary>
    public JsonElement? JsonOrNone(string name) => Find(name, WireKind.Json, WireNeed.Optional, out JsonSlice value) ? value.ToElement() : null;

    public SignalParam? SignalOrNone(string name, WireNeed need = WireNeed.Optional) =>
        Find(name, WireKind.Signal, need, out JsonSlice value)
            ? SignalParam.TryRead(value) ?? throw Wrong(name, SignalParam.Shape)
            : null;

    public SignalParam Signal(string name) => SignalOrNone(name, WireNeed.Required)!;

    /// <summary>Null, the JSON literal, is a value here; absence is not.</summary>
    public StdioSpec? StdioOrNone(string name) =>
        Find(name, WireKind.Stdio, WireNeed.Optional, out JsonSlice value) ? StdioSpec.Read(value, PathOf(name)) : null;

    public RequestId? RequestIdOrNone(string name)
    {
        if (!Find(name, WireKind.RequestId, WireNeed.Optional, out JsonSlice value))
        {
            return null;
        }

        return RequestId.TryCreate(value, out RequestId? id)
            ? id
            : throw Wrong(name, "must be a string of at most 128 bytes or an integer within ±(2^53−1)");
    }

    private string TextOf(JsonSlice value, string name)
    {
        Expect(value, JsonValueKind.String, name, "must be a string");
        return value.GetString();
    }

    private string TextOf(JsonSlice value, string name, int index) =>
        value.Kind == JsonValueKind.String ? value.GetString() : throw Wrong($"{name}[{index}]", "must be a string");

    private int IntOf(JsonSlice value, string name)
    {
        Expect(value, JsonValueKind.Number, name, "must be an integer");
        return value.TryGetInt32(out int number) ? number : throw NoInteger(value, name);
    }

    private List<JsonSlice> ElementsOf(JsonSlice value, string name)
    {
        Expect(value, JsonValueKind.Array, name, "must be an array");
        return value.GetElements();
    }

    private T ObjectOf<T>(JsonSlice value, string name)
        where T : class, IWireObject<T>
    {
        Expect(value, JsonValueKind.Object, name, "must be an object");
        return new WireReader(value.GetMembers(), PathOf(name), _isStrict).Whole<T>();
    }

    private Exception NoInteger(JsonSlice value, string name)
    {
        bool isInteger = value.Text.Span.IndexOfAny(".eE"u8) < 0;
        return Wrong(name, isInteger ? "is out of range" : "must be an integer, without fraction or exponent");
    }
}
