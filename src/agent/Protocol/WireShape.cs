namespace Shimd.Protocol;

/// <summary>What a member's value is.</summary>
internal enum WireKind
{
    Text,
    Integer,
    Flag,

    /// <summary>RFC 3339.</summary>
    Time,

    /// <summary>An object of <see cref="WireMember.Shape"/>.</summary>
    Object,

    Texts,
    Integers,

    /// <summary>An array of objects of <see cref="WireMember.Shape"/>.</summary>
    Objects,

    /// <summary>An object whose members all are texts.</summary>
    TextMap,

    /// <summary>Any JSON.</summary>
    Json,

    /// <summary><see cref="SignalParam"/>.</summary>
    Signal,

    /// <summary><see cref="StdioSpec"/>.</summary>
    Stdio,

    /// <summary><see cref="Protocol.RequestId"/>.</summary>
    RequestId,
}

/// <summary>Whether a member has to be there.</summary>
internal enum WireNeed
{
    /// <summary>May be absent; null means the same.</summary>
    Optional,

    /// <summary>May be absent, but not null.</summary>
    NotNull,

    /// <summary>Always there in what we write, null where nothing is known; absent, it is null.</summary>
    OrNull,

    /// <summary>Must be there, and not be null.</summary>
    Required,
}

/// <summary>One member of a wire object.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Need">Whether it has to be there.</param>
/// <param name="Shape">Of the nested objects; null for the other kinds.</param>
internal sealed record WireMember(string Name, WireKind Kind, WireNeed Need, WireShape? Shape);

/// <summary>The members of a wire object, as its own Read asks for them: the one source of error messages and rpc.discover.</summary>
internal sealed class WireShape
{
    private readonly List<WireMember> _members = [];

    private WireShape(string name) => Name = name;

    /// <summary>Of the type, without what says where it is used: <c>Container</c>, <c>Exit</c>.</summary>
    public string Name { get; }

    /// <summary>In the order of the record.</summary>
    public IReadOnlyList<WireMember> Members => _members;

    /// <summary>Built at each call: an agent pays for what it is asked for.</summary>
    public static WireShape Of<T>()
        where T : class, IWireObject<T>
    {
        WireShape shape = new(NameOf(typeof(T).Name));
        T.Read(new WireReader(shape._members));
        return shape;
    }

    private static string NameOf(string type)
    {
        foreach (string suffix in (ReadOnlySpan<string>)["Info", "Params", "Result", "Message"])
        {
            if (type.EndsWith(suffix, StringComparison.Ordinal))
            {
                return type[..^suffix.Length];
            }
        }

        return type;
    }

    public bool Has(string name)
    {
        foreach (WireMember member in _members)
        {
            if (member.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For messages: "id, instance".</summary>
    public override string ToString()
    {
        List<string> names = [];
        foreach (WireMember member in _members)
        {
            names.Add(member.Name);
        }

        return names.Count == 0 ? "none" : string.Join(", ", names);
    }
}
