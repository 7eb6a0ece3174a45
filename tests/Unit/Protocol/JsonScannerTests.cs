using System.Text;
using System.Text.Json;
using CsCheck;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class JsonScannerTests
{
    private const int Iterations = 200_000;

    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ":", ",", " ", "\"a\"", "\"b\"", "\"\"", "\"é\"", "\"", "0", "7", "-", "1", ".", "e", "E", "+", "true", "false", "null", "nul", "\t", "\\", "\\n", "\u0000",
        "{\"a\":", ",\"b\":", "{}", "[]", "\"id\":1", "\"params\":{\"id\":\"web\"}",
    ];

    private static readonly Gen<string> s_texts =
        from pieces in Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]).Array[0, 14]
        from whole in Gen.Bool
        select whole ? $"{{{string.Concat(pieces)}}}" : string.Concat(pieces);

    [Theory]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""  { "a" : [ 1 , -0.5e+3 , { } , [ ] , "x" , true , false , null ] , "ä" : 0 }  """)]
    [InlineData("{}")]
    public void TryRead_PlainlyWritten_IsAccepted(string text) => AssertAsTheParser(text, Read(text, out bool accepted), accepted, mustAccept: true);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("[]")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":[1,]}""")]
    [InlineData("""{,"a":1}""")]
    [InlineData("""{"a" 1}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":1.}""")]
    [InlineData("""{"a":.5}""")]
    [InlineData("""{"a":+1}""")]
    [InlineData("""{"a":1e}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":tru}""")]
    [InlineData("""{"a":truex}""")]
    [InlineData("""{"a":"x}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"x":{"a":1,"b":2,"a":3}}""")]
    [InlineData("""{"\u0061":1}""")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("{\"a\":\"\0\"}")]
    public void TryRead_WrongOrNotPlain_IsNotAccepted(string text)
    {
        Assert.Empty(Read(text, out bool accepted));
        Assert.False(accepted);
    }

    [Theory]
    [InlineData(Limits.MaxDepth, true)]
    [InlineData(Limits.MaxDepth + 1, false)]
    public void TryRead_Depth_IsTheProtocols(int depth, bool expected)
    {
        string arrays = $"{{\"a\":{new string('[', depth - 1)}{new string(']', depth - 1)}}}";
        string objects = string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);

        _ = Read(arrays, out bool arraysAccepted);
        _ = Read(objects, out bool objectsAccepted);

        Assert.Equal((expected, expected), (arraysAccepted, objectsAccepted));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void TryRead_ManyNames_AreTheParsersBeyondThirtyTwo(int names, bool expected)
    {
        string text = $"{{{string.Join(',', Enumerable.Range(0, names).Select(i => $"\"n{i}\":{i}"))}}}";

        Assert.Equal(expected ? names : 0, Read(text, out bool accepted).Count);
        Assert.Equal(expected, accepted);
    }

    [Fact]
    public void TryRead_AnyPieces_WhatIsAcceptedTheParserReadsAlike() => s_texts.Sample(
        text => AssertAsTheParser(text, Read(text, out bool accepted), accepted, mustAccept: false), iter: Iterations, threads: 1);

    private static List<(string Name, string Value)> Read(string text, out bool accepted)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var members = JsonMembers.In(bytes);
        accepted = JsonScanner.TryRead(bytes, members, out Range root);
        if (accepted)
        {
            Assert.Equal(text.Trim(), Encoding.UTF8.GetString(bytes[root]));
        }

        List<(string Name, string Value)> read = [.. Enumerable.Range(0, members.Count).Select(i => (members.NameAt(i), Encoding.UTF8.GetString(members.ValueAt(i).Text.Span)))];
        members.Recycle();
        return read;
    }

    private static void AssertAsTheParser(string text, List<(string Name, string Value)> read, bool accepted, bool mustAccept)
    {
        Assert.True(accepted || !mustAccept, text);
        if (accepted)
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Limits.MaxDepth });
            Assert.Equal(document.RootElement.EnumerateObject().Select(member => (member.Name, member.Value.GetRawText())), read);
            AssertNoTwins(document.RootElement);
        }
    }

    private static void AssertNoTwins(JsonElement element)
    {
        IEnumerable<JsonElement> below = [];
        if (element.ValueKind == JsonValueKind.Object)
        {
            Assert.Distinct(element.EnumerateObject().Select(member => member.Name));
            below = element.EnumerateObject().Select(member => member.Value);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            below = element.EnumerateArray();
        }

        foreach (JsonElement one in below)
        {
            AssertNoTwins(one);
        }
    }
}
