using System.Text;
using CsCheck;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class PlainRequestTests
{
    private const int Iterations = 100_000;

    private static readonly string[] s_pieces =
        ["", " ", ",", ":", "{", "}", "\"", "0", "1", "12", "-", ".5", "e", "a", "\\", "\t", "é", "\"id\"", "\"method\"", "\"params\"", "\"id\":1,", ",\"id\":\"x\"", ",\"jsonrpc\":\"2.0\"", "{\"id\":\"a\"}", "{}", "null"];

    private static readonly Gen<string> s_lines =
        from version in Gen.OneOf(Gen.Const("\"jsonrpc\":\"2.0\""), Gen.Const("\"jsonrpc\" : \"2.0\""), Gen.Const(""))
        from id in Gen.OneOf(Gen.Const("1"), Gen.Const("0"), Gen.Const("\"x\""))
        from space in Gen.OneOf(Gen.Const(""), Gen.Const(" "))
        from order in Gen.Shuffle(new[] { version, $"\"id\":{space}{id}", $"\"method\"{space}:\"state\"", $"\"params\":{space}{{\"id\":\"web\"{space}}}" })
        select $"{space}{{{string.Join($"{space},", order.Where(member => member.Length > 0))}{space}}}";

    private static readonly Gen<string> s_texts =
        from line in s_lines
        from isChanged in Gen.Bool
        from start in Gen.Int[0, line.Length]
        from length in Gen.Int[0, 6]
        from piece in Gen.Int[0, s_pieces.Length - 1]
        select isChanged ? string.Concat(line.AsSpan(0, start), s_pieces[piece], line.AsSpan(Math.Min(start + length, line.Length))) : line;

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"state","params":{"id":"web"}}""", "1")]
    [InlineData("""{"id":"a","method":"state","params":{"id":"web"}}""", "\"a\"")]
    [InlineData("""{"id":0,"method":"state","params":{"id":"web"}}""", "0")]
    [InlineData("""{"id":999999999999999,"method":"state","params":{"id":"web"}}""", "999999999999999")]
    [InlineData("""  { "params" :  { "id" : "web" } , "jsonrpc" : "2.0" , "method" : "state" , "id" : "1,}" }  """, "\"1,}\"")]
    public void TryRead_Plain_IsWhatTheEnvelopeSays(string line, string id)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);

        Assert.True(PlainRequest.TryRead(bytes, out PlainRequest request));
        Assert.Equal(id, Encoding.UTF8.GetString(request.Id));
        Assert.Equal("state", Encoding.UTF8.GetString(request.Method));
        Assert.Equal("web", Encoding.UTF8.GetString(request.Container));
        var envelope = Envelope.Parse(bytes);
        Assert.Equal(id, envelope.Id!.ToString());
        Assert.Equal("state", envelope.Method);
        Assert.True(JsonMembers.Of(envelope.Params).TryGet("id", out JsonSlice container));
        Assert.Equal("web", container.GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{}")]
    [InlineData("""{"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"method":"state"}""")]
    [InlineData("""{"id":1,"method":"state","params":{}}""")]
    [InlineData("""{"id":1,"method":"state","params":[]}""")]
    [InlineData("""{"id":1,"method":"state","params":null}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":7}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":""}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"größe"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"w\u0065b"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"ID":"web"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web","process":null}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web","id":"web"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"},"params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"id":1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"method":"state","method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"},"fds":0}""")]
    [InlineData("""{"id":1,"method":"stat\u0065","params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"method":7,"params":{"id":"web"}}""")]
    [InlineData("""{"id":1.0,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1e2,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":01,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":-1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1000000000000000,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":null,"method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":"","method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":"\u0061","method":"state","params":{"id":"web"}}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"},}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"}}{}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web"}""")]
    [InlineData("""{"id":1,"method":"state","params":{"id":"web}}""")]
    [InlineData("""{"id":1,"method":"state" "params":{"id":"web"}}""")]
    [InlineData("""{"id" 1,"method":"state","params":{"id":"web"}}""")]
    [InlineData("{\"id\":1,\t\"method\":\"state\",\"params\":{\"id\":\"web\"}}")]
    [InlineData("{\"id\":1,\"method\":\"state\",\"params\":{\"id\":\"web\"}}\0")]
    public void TryRead_NotPlain_IsLeftToTheEnvelope(string line) => Assert.False(PlainRequest.TryRead(Encoding.UTF8.GetBytes(line), out _));

    [Theory]
    [InlineData(Limits.MaxIdBytes, true)]
    [InlineData(Limits.MaxIdBytes + 1, false)]
    public void TryRead_LongId_HasTheEnvelopesLimit(int length, bool isPlain)
    {
        byte[] line = Encoding.UTF8.GetBytes($$$"""{"id":"{{{new string('a', length)}}}","method":"state","params":{"id":"web"}}""");

        Assert.Equal(isPlain, PlainRequest.TryRead(line, out _));
        Assert.Equal(isPlain, Envelope.Parse(line).Id is not null);
    }

    /// <summary>Plain requests in all their spellings, with a piece of them replaced by another or not: what is read as one is a request in the envelope's words, too, with the same id, method and params.</summary>
    [Fact]
    public void TryRead_AnyChange_SaysNothingElseThanTheEnvelope()
    {
        int read = 0;
        s_texts.Sample(
            text =>
            {
                byte[] line = Encoding.UTF8.GetBytes(text);
                if (PlainRequest.TryRead(line, out PlainRequest plain))
                {
                    read++;
                    var envelope = Envelope.Parse(line);
                    Assert.Equal(EnvelopeKind.Request, envelope.Kind);
                    Assert.Equal(envelope.Id!.ToString(), Encoding.UTF8.GetString(plain.Id));
                    Assert.Equal(envelope.Method, Encoding.UTF8.GetString(plain.Method));
                    var parameters = JsonMembers.Of(envelope.Params);
                    Assert.Equal(1, parameters.Count);
                    Assert.True(parameters.TryGet("id", out JsonSlice id));
                    Assert.Equal(id.GetString(), Encoding.UTF8.GetString(plain.Container));
                }
            },
            iter: Iterations,
            threads: 1);

        Assert.InRange(read, Iterations / 10, Iterations * 9 / 10);
    }
}
