using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Shimd.Protocol;

namespace Shimd.Cli;

/// <summary>An error as the agent sent it. <paramref name="Raw"/> is the whole object, with members this client may not know.</summary>
internal sealed record AgentError(int Code, string Message, ErrorData Data, string Raw)
{
    /// <summary>What clients switch on.</summary>
    public string Name => Data.Name;
}

/// <summary>One line from the agent: a reply, or an event.</summary>
internal sealed class AgentMessage
{
    /// <summary>The request that this answers; null in an event, and in an error that concerns the whole connection.</summary>
    public long? Id { get; private init; }

    /// <summary>Undefined unless the request succeeded.</summary>
    public JsonElement Result { get; private init; }

    public AgentError? Error { get; private init; }

    /// <summary>The params of an event; undefined in a reply.</summary>
    public JsonElement Event { get; private init; }

    public bool IsEvent => Event.ValueKind == JsonValueKind.Object;

    /// <exception cref="CliException">It is no line of this protocol.</exception>
    public static AgentMessage Parse(ReadOnlySpan<byte> line)
    {
        AgentMessage? message = null;
        try
        {
            JsonElement root = JsonElement.Parse(line);
            message = root.ValueKind == JsonValueKind.Object ? FromRoot(root) : null;
        }
        catch (JsonException)
        {
            // Whatever is wrong with it, it is not from an agent.
        }

        return message ?? throw new CliException(
            ExitCodes.Unavailable,
            $"what answers on the socket is no shimd agent: '{Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)])}'",
            name: "NO_AGENT");
    }

    /// <summary>The bytes of an element as they came.</summary>
    public static ReadOnlySpan<byte> Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element);

    private static AgentMessage? FromRoot(JsonElement root)
    {
        if (root.TryGetProperty("method"u8, out _))
        {
            return root.TryGetProperty("params"u8, out JsonElement parameters) ? new AgentMessage { Event = parameters } : new AgentMessage();
        }

        long? id = root.TryGetProperty("id"u8, out JsonElement idElement) && idElement.ValueKind == JsonValueKind.Number
            ? idElement.GetInt64()
            : null;
        if (root.TryGetProperty("error"u8, out JsonElement error))
        {
            return ErrorFrom(error) is { } failure ? new AgentMessage { Id = id, Error = failure } : null;
        }

        return root.TryGetProperty("result"u8, out JsonElement result) ? new AgentMessage { Id = id, Result = result } : null;
    }

    private static AgentError? ErrorFrom(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object
            || !error.TryGetProperty("code"u8, out JsonElement code) || code.ValueKind != JsonValueKind.Number
            || !error.TryGetProperty("message"u8, out JsonElement message) || message.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        ErrorData data = error.TryGetProperty("data"u8, out JsonElement element)
            ? Wire.Read<ErrorData>(element)
            : new ErrorData { Name = ErrorCode.Internal.ToWireName() };
        return new AgentError(code.GetInt32(), message.GetString()!, data, Encoding.UTF8.GetString(Raw(error)));
    }
}
