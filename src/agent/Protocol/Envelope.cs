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

/// <summary>One line, understood as far as the JSON-RPC envelope goes. Owns its data: the line's memory may be reused at once.</summary>
internal sealed class Envelope
{
    private static readonly JsonElement s_noParams = JsonElement.Parse("{}"u8);

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

    /// <summary>Always an object; empty where the line had none.</summary>
    public JsonElement Params { get; private init; } = s_noParams;

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

        using JsonDocument? document = JsonText.TryParse(line, out string problem);
        return document is null
            ? Invalid(JsonText.RecoverId(line.Span), ShimdException.ParseError(problem))
            : FromRoot(document.RootElement);
    }

    private static Envelope FromRoot(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return Invalid(null, ShimdException.InvalidRequest("batches are not supported: send the requests one a line, they are executed in order"));
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return Invalid(null, ShimdException.InvalidRequest("a request must be a JSON object"));
        }

        RequestId? id = null;
        bool hasId = root.TryGetProperty("id"u8, out JsonElement idElement);
        if (hasId && !RequestId.TryCreate(idElement, out id))
        {
            return Invalid(null, ShimdException.InvalidRequest("id must be a string of at most 128 bytes or an integer within ±(2^53−1)"));
        }

        JsonElement parameters = s_noParams;
        ShimdException? error = ReadMethod(root, id, out string method);
        error = ReadFds(root, out int fds) ?? error;
        error ??= ReadParams(root, out parameters);
        if (error is not null)
        {
            return Invalid(id, error);
        }

        return method == Methods.CancelRequest
            ? Cancel(id, parameters, fds)
            : new Envelope(EnvelopeKind.Request, id) { Method = method, Params = parameters, Fds = fds };
    }

    private static Envelope Cancel(RequestId? id, JsonElement parameters, int fds) =>
        parameters.GetPropertyCount() == 1
        && parameters.TryGetProperty("id"u8, out JsonElement target)
        && RequestId.TryCreate(target, out RequestId? cancelId)
            ? new Envelope(EnvelopeKind.Cancel, id) { Method = Methods.CancelRequest, Params = parameters, CancelId = cancelId, Fds = fds }
            : Invalid(id, ShimdException.InvalidParams("id", "must be there, and nothing else: the id of the request to cancel"));

    private static ShimdException? ReadMethod(JsonElement root, RequestId? id, out string method)
    {
        method = "";
        if (root.TryGetProperty("jsonrpc"u8, out JsonElement version)
            && (version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"u8)))
        {
            return ShimdException.InvalidRequest("jsonrpc must be \"2.0\", or left out");
        }

        if (!root.TryGetProperty("method"u8, out JsonElement name) || name.ValueKind != JsonValueKind.String)
        {
            return ShimdException.InvalidRequest("method is missing or not a string");
        }

        method = name.GetString()!;
        return id is null && method != Methods.CancelRequest
            ? ShimdException.InvalidRequest("id is missing: notifications are not executed")
            : null;
    }

    /// <summary>A count that cannot be understood leaves the descriptor queue out of step for good, hence FD_ERROR.</summary>
    private static ShimdException? ReadFds(JsonElement root, out int count)
    {
        count = 0;
        if (!root.TryGetProperty("fds"u8, out JsonElement fds))
        {
            return null;
        }

        return fds.ValueKind == JsonValueKind.Number && fds.TryGetInt32(out count) && count is >= 0 and <= Limits.MaxDescriptors
            ? null
            : ShimdException.FdError($"fds must be an integer from 0 to {Limits.MaxDescriptors}");
    }

    private static ShimdException? ReadParams(JsonElement root, out JsonElement parameters)
    {
        parameters = s_noParams;
        if (!root.TryGetProperty("params"u8, out JsonElement given))
        {
            return null;
        }

        switch (given.ValueKind)
        {
            case JsonValueKind.Object:
                parameters = given.Clone();
                return null;
            case JsonValueKind.Array:
                return ShimdException.InvalidParams("", "must be an object: positional params are not supported, give them by name");
            default:
                return ShimdException.InvalidRequest("params must be an object, or left out");
        }
    }

    private static Envelope Invalid(RequestId? id, ShimdException error) => new(EnvelopeKind.Invalid, id) { Error = error };
}
