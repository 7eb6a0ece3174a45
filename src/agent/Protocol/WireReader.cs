using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// Hands the members of a JSON object to a record's Read. Strict for params: what the record does not ask for is refused. Tolerant for
/// what an agent, perhaps a newer one, has written. A third use reads nothing and lists what is asked for: <see cref="WireShape"/>.
/// </summary>
internal sealed partial class WireReader
{
    /// <summary>Of each thread, that is of each loop: params are read, and done with, before the next.</summary>
    [ThreadStatic]
    private static WireReader? s_spare;

    private readonly string _path = "";
    private readonly bool _isStrict;
    private readonly List<WireMember>? _asked;
    private JsonMembers? _members;
    private int _found;
    private string? _missing;

    /// <summary>Answers every question with nothing, and lists the questions.</summary>
    public WireReader(List<WireMember> asked) => _asked = asked;

    private WireReader(JsonMembers members, string path, bool isStrict)
    {
        _members = members;
        _path = path;
        _isStrict = isStrict;
    }

    /// <summary>The object as a whole.</summary>
    public JsonElement Whole() => _members?.ToElement() ?? default;

    /// <exception cref="ShimdException">INVALID_PARAMS with the member's path.</exception>
    public static T ReadStrict<T>(JsonMembers members)
        where T : class, IWireObject<T>
    {
        WireReader reader = s_spare ?? new WireReader(members, "", isStrict: true);
        s_spare = null;
        reader._members = members;
        T value = reader.Whole<T>();
        reader._members = null;
        reader._found = 0;
        s_spare = reader;
        return value;
    }

    /// <exception cref="JsonException">A member is missing or of the wrong type.</exception>
    public static T ReadTolerant<T>(JsonMembers members)
        where T : class, IWireObject<T>
        => new WireReader(members, "", isStrict: false).Whole<T>();

    /// <summary>What is missing is reported last: a misspelt name explains more than the one it should have been.</summary>
    private T Whole<T>()
        where T : class, IWireObject<T>
    {
        T value = T.Read(this);
        if (_isStrict && _found < _members!.Count)
        {
            RefuseUnknown(_members, WireShape.Of<T>());
        }

        return _missing is null ? value : throw Wrong(_missing, "is required");
    }

    private void RefuseUnknown(JsonMembers members, WireShape shape)
    {
        for (int i = 0; i < members.Count; i++)
        {
            string name = members.NameAt(i);
            if (!shape.Has(name))
            {
                throw Wrong(WireText.Truncate(name, 128), $"is not known here; known are: {shape}");
            }
        }
    }

    /// <summary>Whether there is a value to read.</summary>
    private bool Find(string name, WireKind kind, WireNeed need, out JsonSlice value)
    {
        if (_asked is not null)
        {
            _asked.Add(new WireMember(name, kind, need, null));
            value = default;
            return false;
        }

        if (!_members!.TryGet(name, out value))
        {
            _missing ??= need == WireNeed.Required ? name : null;
            return false;
        }

        _found++;
        if (value.Kind != JsonValueKind.Null || kind is WireKind.Stdio || (kind is WireKind.Json && need == WireNeed.Required))
        {
            return true;
        }

        return need is WireNeed.Optional or WireNeed.OrNull ? false : throw Wrong(name, "must not be null");
    }

    private bool Find<T>(string name, WireKind kind, WireNeed need, out JsonSlice value)
        where T : class, IWireObject<T>
    {
        bool found = Find(name, kind, need, out value);
        if (_asked is not null)
        {
            _asked[^1] = _asked[^1] with { Shape = WireShape.Of<T>() };
        }

        return found;
    }

    private void Expect(JsonSlice value, JsonValueKind kind, string name, string message)
    {
        if (value.Kind != kind)
        {
            throw Wrong(name, message);
        }
    }

    private string PathOf(string name) => _path.Length == 0 ? name : name.Length == 0 ? _path : $"{_path}.{name}";

    private Exception Wrong(string name, string message) =>
        _isStrict ? ShimdException.InvalidParams(PathOf(name), message) : new JsonException($"{PathOf(name)} {message}");
}
