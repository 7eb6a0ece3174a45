using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

/// <summary>
/// Every record that crosses the wire, found by reflection: what it declares, what it asks for and what it writes must be the same
/// members. What rpc.discover says is made of the second.
/// </summary>
public sealed class WireObjectTests
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public static TheoryData<Type> Types =>
    [
        .. typeof(IWireObject).Assembly.GetTypes().Where(t => t is { IsClass: true } && t.IsAssignableTo(typeof(IWireObject)) && t != typeof(RawObject) && t != typeof(OpenRpc)),
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_EveryType_AsksForItsProperties(Type type)
    {
        IReadOnlyList<WireMember> members = Shape(type).Members;
        Assert.Equal(Properties(type).Select(Name), members.Select(m => m.Name));
        foreach ((PropertyInfo property, WireMember member) in Properties(type).Zip(members))
        {
            Assert.True(Kind(property.PropertyType) == member.Kind, $"{type.Name}.{property.Name} is read as {member.Kind}");
            Assert.True(NeedFits(property, member.Need), $"{type.Name}.{property.Name} is read as {member.Need}");
            Assert.Equal(member.Kind is WireKind.Object or WireKind.Objects, member.Shape is not null);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_EveryMemberSet_ReadBackTheSame(Type type)
    {
        var full = (IWireObject)Fill(type, empty: false);
        string json = Json(full);
        Assert.Equal(Shape(type).Members.Select(m => m.Name), JsonElement.Parse(json).EnumerateObject().Select(m => m.Name));
        Assert.Equal(json, Json(Read(type, JsonElement.Parse(json))));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_OnlyWhatIsRequired_RestNullOrAbsent(Type type)
    {
        string json = Json((IWireObject)Fill(type, empty: true));
        JsonElement written = JsonElement.Parse(json);
        foreach (WireMember member in Shape(type).Members)
        {
            bool isThere = written.TryGetProperty(member.Name, out JsonElement value);
            Assert.True(member.Need switch
            {
                WireNeed.Optional => !isThere,
                WireNeed.OrNull => isThere && value.ValueKind == JsonValueKind.Null,
                WireNeed.NotNull => !isThere || value.ValueKind == JsonValueKind.False,
                _ => isThere && value.ValueKind != JsonValueKind.Null,
            }, $"{type.Name}.{member.Name} in {json}");
        }

        Assert.Equal(json, Json(Read(type, written)));
    }

    [Fact]
    public void Read_MembersOfANewerAgent_Ignored() =>
        Assert.Equal(3, Wire.Read<SubscribeResult>(JsonElement.Parse("""{"new":{},"subscription":3,"epoch":"e","seq":0}""")).Subscription);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"subscription":3,"epoch":"e"}""")]
    [InlineData("""{"subscription":3,"epoch":null,"seq":0}""")]
    [InlineData("""{"subscription":"3","epoch":"e","seq":0}""")]
    public void Read_NoSuchObject_JsonException(string json) =>
        Assert.Throws<JsonException>(() => Wire.Read<SubscribeResult>(JsonElement.Parse(json)));

    [Fact]
    public void Of_NestedTypes_ShapesOfThem()
    {
        WireShape shape = MethodTable.Find("list")!.Result;
        Assert.Equal("containers, next", shape.ToString());
        Assert.Equal((WireKind.Objects, WireNeed.Required), (shape.Members[0].Kind, shape.Members[0].Need));
        Assert.True(shape.Members[0].Shape!.Has("labels"));
    }

    private static PropertyInfo[] Properties(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is not null).OrderBy(p => p.MetadataToken)];

    private static string Name(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static bool NeedFits(PropertyInfo property, WireNeed need)
    {
        bool isNullable = s_nullability.Create(property).WriteState == NullabilityState.Nullable;
        bool isRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        return isRequired ? need == WireNeed.Required
            : isNullable ? need is WireNeed.Optional or WireNeed.OrNull
            : property.PropertyType == typeof(bool) ? need == WireNeed.NotNull
            : need == WireNeed.Required;
    }

    private static WireKind Kind(Type declared)
    {
        Type type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type == typeof(string) ? WireKind.Text
            : type == typeof(int) || type == typeof(long) ? WireKind.Integer
            : type == typeof(bool) ? WireKind.Flag
            : type == typeof(DateTimeOffset) ? WireKind.Time
            : type == typeof(JsonElement) ? WireKind.Json
            : type == typeof(SignalParam) ? WireKind.Signal
            : type == typeof(StdioSpec) ? WireKind.Stdio
            : type == typeof(RequestId) ? WireKind.RequestId
            : type.IsAssignableTo(typeof(IWireObject)) ? WireKind.Object
            : type.IsAssignableTo(typeof(IEnumerable<string>)) ? WireKind.Texts
            : type.IsAssignableTo(typeof(IEnumerable<int>)) ? WireKind.Integers
            : type.IsAssignableTo(typeof(IEnumerable<IWireObject>)) ? WireKind.Objects
            : WireKind.TextMap;
    }

    private static object Fill(Type type, bool empty)
    {
        object value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in Properties(type).Where(p => !empty || Shape(type).Members.Single(m => m.Name == Name(p)).Need == WireNeed.Required))
        {
            property.SetValue(value, Sample(property.PropertyType, empty));
        }

        return value;
    }

    private static object Sample(Type type, bool empty)
    {
        switch (Kind(type))
        {
            case WireKind.Text:
                return "é\"";
            case WireKind.Integer:
                return (Nullable.GetUnderlyingType(type) ?? type) == typeof(int) ? 7 : (object)Limits.MaxInteger;
            case WireKind.Flag:
                return true;
            case WireKind.Time:
                return Samples.Time;
            case WireKind.Json:
                return JsonElement.Parse("""{"a":[1]}""");
            case WireKind.Signal:
                return new SignalParam("SIGHUP", 0);
            case WireKind.Stdio:
                return new StdioSpec(StdioKind.Fd, Fd: 3);
            case WireKind.RequestId:
                return RequestId.Of(5);
            case WireKind.Texts:
                return new[] { "a", "" };
            case WireKind.Integers:
                return new[] { 1, -1 };
            case WireKind.TextMap:
                return new Dictionary<string, string> { ["k.é"] = "v" };
            case WireKind.Objects:
                Type item = type.GetGenericArguments()[0];
                var items = Array.CreateInstance(item, 2);
                ((IList)items)[0] = Fill(item, empty);
                ((IList)items)[1] = Fill(item, empty);
                return items;
            default:
                return Fill(type, empty);
        }
    }

    private static string Json(IWireObject value) => Encoding.UTF8.GetString(Wire.ToLine(value));

    private static WireShape Shape(Type type) => (WireShape)typeof(WireShape).GetMethod(nameof(WireShape.Of))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static IWireObject Read(Type type, JsonElement element) =>
        (IWireObject)typeof(Wire).GetMethod(nameof(Wire.Read), [typeof(JsonElement)])!.MakeGenericMethod(type).Invoke(null, [element])!;
}
