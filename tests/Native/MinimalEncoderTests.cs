using System.Buffers;
using System.Text;
using System.Text.Json;
using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class MinimalEncoderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a+b<c>&'é€😀\u007f", "a+b<c>&'é€😀\u007f")]
    [InlineData("a\"b\\c", "a\\u0022b\\u005cc")]
    [InlineData("\0\n\t\u001f ", "\\u0000\\u000a\\u0009\\u001f ")]
    [InlineData("é\"😀\n", "é\\u0022😀\\u000a")]
    public void Write_Text_EscapesWhatMustBe(string text, string expected)
    {
        Assert.Equal($"\"{expected}\"", Write(json => json.WriteStringValue(text)));
        Assert.Equal($"{{\"{expected}\":1}}", Write(json =>
        {
            json.WriteStartObject();
            json.WriteNumber(text, 1);
            json.WriteEndObject();
        }));
    }

    [Fact]
    public void Write_HalfOfASurrogatePair_IsReplaced()
    {
        string text = $"a{(char)0xD83D}\"{(char)0xDE00}";

        Assert.Equal("\"a\\ufffd\\u0022\\ufffd\"", Write(json => json.WriteStringValue(text)));
    }

    [Theory]
    [InlineData("é😀\"")]
    [InlineData("\u0001")]
    public void Write_Utf8_TheSame(string text)
        => Assert.Equal(Write(json => json.WriteStringValue(text)), Write(json => json.WriteStringValue(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void Write_EveryCharacter_ReadsBack()
    {
        var all = new StringBuilder();
        for (int scalar = 0; scalar <= 0x10FFFF; scalar += scalar < 0x3000 ? 1 : 257)
        {
            if (scalar is < 0xD800 or > 0xDFFF)
            {
                all.Append(char.ConvertFromUtf32(scalar));
            }
        }

        Assert.Equal(all.ToString(), JsonElement.Parse(Write(json => json.WriteStringValue(all.ToString()))).GetString());
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = MinimalEncoder.Instance }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
