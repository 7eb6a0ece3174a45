using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>What a line turned out to be.</summary>
internal enum EnvelopeKind
{
    /// <summary>A request to dispatch.</summary>
    Request,

    /// <summary><c>$/cancelRequest</c>: cancel <see cref="Envelope.CancelId"/>; answer <c>{}</c> only if <see cref="Envelope.Id"/> is there.</summary>
    Cancel,

    /// <summary>Nothing to execute: answer <see cref="Envelope.Error"/>.</summary>
    Invalid,

    /// <summary>HTTP or headers on the first line: answer <see cref="Envelope.Error"/> and end the connection.</summary>
    Foreign,
}

/// <summary>One line, understood as far as the JSON-RPC envelope goes.</summary>
internal sealed class Envelope
{
    private static readonly byte[] s_noParams = "{}"u8.ToArray();

    private Envelope(EnvelopeKind kind, RequestId? id)
    {
        Kind = kind;
        Id = id;
    }

    public EnvelopeKind Kind { get; }

    /// <summary>The id to answer with; null where there was no valid one, and in a notification.</summary>
    public RequestId? Id { get; }

    /// <summary>The method's name, known or not; empty unless <see cref="EnvelopeKind.Request"/> or <see cref="EnvelopeKind.Cancel"/>.</summary>
    public string Method { get; private init; } = "";

    /// <summary>The method, if it is one.</summary>
    public MethodInfo? Info { get; private init; }

    /// <summary>The text of an object, empty where the line had none: a piece of the line, until <see cref="Keep"/>. All else outlives the line's memory.</summary>
    public ReadOnlyMemory<byte> Params { get; private set; } = s_noParams;

    /// <summary>Descriptors the line says came with it.</summary>
    public int Fds { get; private init; }

    /// <summary>The request that <c>$/cancelRequest</c> names.</summary>
    public RequestId? CancelId { get; private init; }

    public ShimdException? Error { get; private init; }

    /// <summary>Whether the line counts towards the malformed lines in a row that end a connection: its sender does not speak the protocol.</summary>
    public bool IsMalformed => Error?.Code is ErrorCode.ParseError or ErrorCode.InvalidRequest or ErrorCode.FdError;

    /// <param name="line">The line without its newline.</param>
    /// <param name="isFirstLine">Whether nothing came before it on the connection: only there is a foreign protocol looked for.</param>
    public static Envelope Parse(ReadOnlyMemory<byte> line, bool isFirstLine = false)
    {
        if (isFirstLine && ForeignProtocol.Detect(line.Span) is string hint)
        {
            return new Envelope(EnvelopeKind.Foreign, null) { Error = ShimdException.InvalidRequest(hint) };
        }

        if (JsonText.TryRead(line, out JsonMembers members, out string problem) is not { } root)
        {
            return Invalid(JsonText.RecoverId(line.Span), ShimdException.ParseError(problem));
        }

        Envelope envelope = root.Kind switch
        {
            JsonValueKind.Object => FromMembers(members),
            JsonValueKind.Array => Invalid(null, ShimdException.InvalidRequest("batches are not supported: send the requests one a line, they are executed in order")),
            _ => Invalid(null, ShimdException.InvalidRequest("a request must be a JSON object")),
        };
        members.Recycle();
        return envelope;
    }

    /// <summary>The line's memory is about to be used again.</summary>
    public void Keep() => Params = Params.ToArray();

    private static Envelope FromMembers(JsonMembers members)
    {
        RequestId? id = null;
        if (members.TryGet("id", out JsonSlice given) && !RequestId.TryCreate(given, out id))
        {
            return Invalid(null, ShimdException.InvalidRequest("id must be a string of at most 128 bytes or an integer within ±(2^53−1)"));
        }

        ReadOnlyMemory<byte> parameters = s_noParams;
        ShimdException? error = ReadMethod(members, id, out string method, out MethodInfo? info);
        error = ReadFds(members, out int fds) ?? error;
        error ??= ReadParams(members, ref parameters);
        if (error is not null)
        {
            return Invalid(id, error);
        }

        return method == Methods.CancelRequest
            ? Cancel(id, JsonMembers.Of(parameters), fds)
            : new Envelope(EnvelopeKind.Request, id) { Method = method, Info = info, Params = parameters, Fds = fds };
    }

    private static Envelope Cancel(RequestId? id, JsonMembers parameters, int fds) =>
        parameters.Count == 1
        && parameters.TryGet("id", out JsonSlice target)
        && RequestId.TryCreate(target, out RequestId? cancelId)
            ? new Envelope(EnvelopeKind.Cancel, id) { Method = Methods.CancelRequest, CancelId = cancelId, Fds = fds }
            : Invalid(id, ShimdException.InvalidParams("id", "must be there, and nothing else: the id of the request to cancel"));

    private static ShimdException? ReadMethod(JsonMembers members, RequestId? id, out string method, out MethodInfo? info)
    {
        method = "";
        info = null;
        if (members.TryGet("jsonrpc", out JsonSlice version) && !(version.Kind == JsonValueKind.String && version.GetString() == "2.0"))
        {
            return ShimdException.InvalidRequest("jsonrpc must be \"2.0\", or left out");
        }

        if (!members.TryGet("method", out JsonSlice name) || name.Kind != JsonValueKind.String)
        {
            return ShimdException.InvalidRequest("method is missing or not a string");
        }

        info = MethodTable.Find(name.Text.Span[1..^1]);
        method = info?.Name ?? name.GetString();

        // A name may be written with escapes, and means the same method: what is not allowed is not allowed in any spelling.
        info ??= MethodTable.Find(method);
        return id is null && method != Methods.CancelRequest
            ? ShimdException.InvalidRequest("id is missing: notifications are not executed")
            : null;
    }

    /// <summary>A count that cannot be understood leaves the descriptor queue out of step for good, hence FD_ERROR.</summary>
    private static ShimdException? ReadFds(JsonMembers members, out int count)
    {
        count = 0;
        if (!members.TryGet("fds", out JsonSlice fds))
        {
            return null;
        }

        return fds.Kind == JsonValueKind.Number && fds.TryGetInt32(out count) && count is >= 0 and <= Limits.MaxDescriptors
            ? null
            : ShimdException.FdError($"fds must be an integer from 0 to {Limits.MaxDescriptors}");
    }

    private static ShimdException? ReadParams(JsonMembers members, ref ReadOnlyMemory<byte> parameters)
    {
        if (!members.TryGet("params", out JsonSlice given))
        {
            return null;
        }

        switch (given.Kind)
        {
            case JsonValueKind.Object:
                parameters = given.Text;
                return null;
            case JsonValueKind.Array:
                return ShimdException.InvalidParams("", "must be an object: positional params are not supported, give them by name");
            default:
                return ShimdException.InvalidRequest("params must be an object, or left out");
        }
    }

    private static Envelope Invalid(RequestId? id, ShimdException error) => new(EnvelopeKind.Invalid, id) { Error = error };
}
