using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// A request as most are written: jsonrpc or not, id, method, an object of params, and nothing else. It is pieces of its line, and nothing is made for it. Of what is not understood here nothing is
/// said: <see cref="Envelope"/> reads it again.
/// </summary>
internal readonly ref struct PlainRequest
{
    private PlainRequest(ReadOnlySpan<byte> id, MethodInfo method, ReadOnlyMemory<byte> parameters)
    {
        Id = id;
        Method = method;
        Params = parameters;
    }

    /// <summary>The JSON token, to be echoed.</summary>
    public ReadOnlySpan<byte> Id { get; }

    public MethodInfo Method { get; }

    /// <summary>The text of an object.</summary>
    public ReadOnlyMemory<byte> Params { get; }

    /// <param name="line">The members of a line's object.</param>
    public static bool TryRead(JsonMembers line, out PlainRequest request)
    {
        request = default;
        bool hasVersion = line.TryGet("jsonrpc", out JsonSlice version);
        if (line.Count != (hasVersion ? 4 : 3)
            || (hasVersion && !version.Text.Span.SequenceEqual("\"2.0\""u8))
            || !line.TryGet("id", out JsonSlice id) || !IsPlain(id)
            || !line.TryGet("method", out JsonSlice name) || name.Kind != JsonValueKind.String
            || MethodTable.Find(name.Text.Span[1..^1]) is not { } method
            || !line.TryGet("params", out JsonSlice given) || given.Kind != JsonValueKind.Object)
        {
            return false;
        }

        request = new PlainRequest(id.Text.Span, method, given.Text);
        return true;
    }

    /// <summary>Of those that <see cref="RequestId"/> takes: a number, or a string without escapes.</summary>
    private static bool IsPlain(JsonSlice id) => id.Kind switch
    {
        JsonValueKind.Number => id.TryGetInt64(out long number) && number is >= -Limits.MaxInteger and <= Limits.MaxInteger,
        JsonValueKind.String => id.Text.Length <= Limits.MaxIdBytes + 2 && !id.Text.Span.Contains((byte)'\\'),
        _ => false,
    };
}
