using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Shimd.Storage;
using Xunit;

namespace Shimd.Tests.Unit.Storage;

/// <summary>Whoever adds a member to an enum that is in a file must add its word to the converter.</summary>
public sealed class EnumWordsTests
{
    public static TheoryData<Type> Converted =>
    [
        .. typeof(EnumWords).Assembly.GetTypes().Where(t => t.IsEnum && t.IsDefined(typeof(JsonConverterAttribute), false)),
    ];

    [Theory]
    [MemberData(nameof(Converted))]
    public void Converter_EveryMember_WordAndBack(Type type)
    {
        JsonSerializerOptions options = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        foreach (object value in Enum.GetValues(type))
        {
            string json = JsonSerializer.Serialize(value, type, options);
            Assert.Equal($"\"{value}\"", json);
            Assert.Equal(value, JsonSerializer.Deserialize(json, type, options));
        }
    }

    [Theory]
    [MemberData(nameof(Converted))]
    public void Converter_NoSuchWord_JsonException(Type type)
    {
        JsonSerializerOptions options = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("\"Unheard\"", type, options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("0", type, options));
    }
}
