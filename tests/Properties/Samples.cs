using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CsCheck;
using Shimd.Oci;
using Shimd.Protocol;

namespace Shimd.Tests.Properties;

/// <summary>Generators for every type that is written and read again, made of their properties.</summary>
internal static class Samples
{
    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String,
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 40],
        OneOf("", "\0", "é😀", "\u2028", "\"\\/", "null", "\uFEFF", new string('x', 5000)));

    private static readonly Gen<DateTimeOffset> s_time =
        Gen.Long[0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()].Select(DateTimeOffset.FromUnixTimeMilliseconds);

    private static readonly Gen<JsonElement> s_json =
        OneOf("{}", """{"a":[1,null,{"b":"é\u0000"}],"c":-1.5e300}""", """{"":{"":[]}}""").Select(text => JsonElement.Parse(text));

    /// <summary>The words that a member of this name may have, where not every text will do.</summary>
    private static readonly Dictionary<(Type, string), string[]> s_words = new()
    {
        [(typeof(ControlMessage), nameof(ControlMessage.Verb))] = [.. ControlVerb.All],
    };

    /// <summary>Null, too, where the property allows it.</summary>
    public static Gen<object> Of(Type type)
    {
        PropertyInfo[] properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null)];
        Gen<object?>[] values = [.. properties.Select(property => Maybe(type, property))];
        Gen<object> gen = Gen.Const(0).Select(_ => RuntimeHelpers.GetUninitializedObject(type));
        for (int i = 0; i < properties.Length; i++)
        {
            PropertyInfo property = properties[i];
            gen = gen.Select(values[i], (instance, value) =>
            {
                property.SetValue(instance, value);
                return instance;
            });
        }

        return gen;
    }

    private static Gen<object?> Maybe(Type type, PropertyInfo property)
    {
        Gen<object> value = s_words.TryGetValue((type, property.Name), out string[]? words)
            ? OneOf(words).Select(word => (object)word)
            : Value(property.PropertyType);
        bool isNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return isNullable ? Gen.Bool.SelectMany(isNull => isNull ? Gen.Const((object?)null) : value.Select(v => (object?)v)) : value.Select(v => (object?)v);
    }

    private static Gen<object> Value(Type declared)
    {
        Type type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type == typeof(string) ? Object(s_text)
            : type == typeof(int) ? Object(Gen.Int)
            : type == typeof(uint) ? Object(Gen.UInt)
            : type == typeof(long) ? Object(Gen.Long)
            : type == typeof(ulong) ? Object(Gen.ULong)
            : type == typeof(bool) ? Object(Gen.Bool)
            : type == typeof(DateTimeOffset) ? Object(s_time)
            : type == typeof(JsonElement) ? Object(s_json)
            : type == typeof(SignalParam) ? Object(Gen.OneOf(OneOf("SIGHUP", "TERM").Select(name => new SignalParam(name, 0)), Gen.Int[1, 64].Select(number => new SignalParam(null, number))))
            : type == typeof(StdioSpec) ? Object(Gen.OneOf(
                OneOf(StdioKind.Null, StdioKind.Log, StdioKind.Attach).Select(kind => new StdioSpec(kind)),
                Gen.Select(OneOf(StdioKind.Fifo, StdioKind.File), s_text, (kind, path) => new StdioSpec(kind, path)),
                Gen.Int[0, 7].Select(number => new StdioSpec(StdioKind.Fd, Fd: number))))
            : type == typeof(RequestId) ? Object(Gen.Long[-Limits.MaxInteger, Limits.MaxInteger].Select(RequestId.Of))
            : type.IsAssignableTo(typeof(IEnumerable<string>)) ? Object(s_text.Array[0, 5])
            : type.IsAssignableTo(typeof(IEnumerable<int>)) ? Object(Gen.Int.Array[0, 5])
            : type.IsAssignableTo(typeof(IEnumerable<KeyValuePair<string, string>>)) ? Object(Gen.Dictionary(s_text, s_text)[0, 5])
            : type.IsAssignableTo(typeof(IEnumerable<IWireObject>)) ? Items(type.GetGenericArguments()[0])
            : Of(type);
    }

    private static Gen<object> Items(Type item) => Of(item).Array[0, 3].Select(objects =>
    {
        var items = Array.CreateInstance(item, objects.Length);
        objects.CopyTo((IList)items is Array array ? array : items, 0);
        return (object)items;
    });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<object> Object<T>(Gen<T> gen)
        where T : notnull
        => gen.Select(value => (object)value);
}
