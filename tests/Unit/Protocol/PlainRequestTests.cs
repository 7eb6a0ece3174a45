using System.Text;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class PlainRequestTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"state","params":{"id":"web"}}""", "1", """{"id":"web"}""")]
    [InlineData("""{"id":"a","method":"state","params":{}}""", "\"a\"", "{}")]
    [InlineData(""" { "params" : { "id" : "größe" } , "method" : "state" , "id" : -9007199254740991 } """, "-9007199254740991", """{ "id" : "größe" }""")]
    [InlineData("""{"i\u0064":-0,"method":"state","params":{"x":"\n"}}""", "-0", """{"x":"\n"}""")]
    public void TryRead_Plain_IsWhatTheEnvelopeSays(string line, string id, string parameters)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        _ = JsonText.TryRead(bytes, out JsonMembers members, out _);

        Assert.True(PlainRequest.TryRead(members, out PlainRequest request));
        Assert.Equal(id, Encoding.UTF8.GetString(request.Id));
        Assert.Equal(parameters, Encoding.UTF8.GetString(request.Params.Span));
        Assert.Same(MethodTable.Find(Methods.State), request.Method);
        Envelope envelope = Envelope.Parse(bytes);
        Assert.Equal(id, envelope.Id!.ToString());
        Assert.Equal(request.Params.ToArray(), envelope.Params.ToArray());
        Assert.Same(envelope.Info, request.Method);
    }

    [Theory]
    [InlineData("""{"method":"state","params":{}}""")]
    [InlineData("""{"id":1,"params":{}}""")]
    [InlineData("""{"id":1,"method":"state"}""")]
    [InlineData("""{"id":1,"method":"state","params":[]}""")]
    [InlineData("""{"id":1,"method":"state","params":null}""")]
    [InlineData("""{"id":1,"method":"state","params":{},"fds":0}""")]
    [InlineData("""{"id":1,"method":"state","params":{},"more":0}""")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"state","params":{}}""")]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"state","params":{}}""")]
    [InlineData("""{"id":1,"method":"stat\u0065","params":{}}""")]
    [InlineData("""{"id":1,"method":"nothing","params":{}}""")]
    [InlineData("""{"id":1,"method":7,"params":{}}""")]
    [InlineData("""{"id":1.0,"method":"state","params":{}}""")]
    [InlineData("""{"id":1e2,"method":"state","params":{}}""")]
    [InlineData("""{"id":9007199254740992,"method":"state","params":{}}""")]
    [InlineData("""{"id":99999999999999999999,"method":"state","params":{}}""")]
    [InlineData("""{"id":null,"method":"state","params":{}}""")]
    [InlineData("""{"id":true,"method":"state","params":{}}""")]
    [InlineData("""{"id":"\u0061","method":"state","params":{}}""")]
    public void TryRead_NotPlain_IsLeftToTheEnvelope(string line)
    {
        _ = JsonText.TryRead(Encoding.UTF8.GetBytes(line), out JsonMembers members, out _);

        Assert.False(PlainRequest.TryRead(members, out _));
    }

    [Theory]
    [InlineData(Limits.MaxIdBytes, true)]
    [InlineData(Limits.MaxIdBytes + 1, false)]
    public void TryRead_LongId_HasTheEnvelopesLimit(int length, bool isPlain)
    {
        byte[] line = Encoding.UTF8.GetBytes($$$"""{"id":"{{{new string('a', length)}}}","method":"state","params":{}}""");
        _ = JsonText.TryRead(line, out JsonMembers members, out _);

        Assert.Equal(isPlain, PlainRequest.TryRead(members, out _));
        Assert.Equal(isPlain, Envelope.Parse(line).Id is not null);
    }
}
