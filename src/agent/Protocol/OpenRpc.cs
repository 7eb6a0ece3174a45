using System.Text.Json;

namespace Shimd.Protocol;

/// <summary>
/// An OpenRPC document (spec.open-rpc.org, 1.3) of some methods, or of all, written from what the dispatcher binds params with: it cannot say
/// anything else than what is accepted. Each method has an example, which a test executes.
/// </summary>
internal sealed class OpenRpc(string version, IReadOnlyList<MethodInfo> methods, bool isWhole) : IWireObject
{
    private readonly List<WireShape> _mentioned = [];

    /// <summary>Of every method there is.</summary>
    public static OpenRpc Whole(string version) => new(version, new List<MethodInfo>(MethodTable.All), isWhole: true);

    public void Write(WireWriter to)
    {
        Utf8JsonWriter json = to.Json();
        json.WriteString("openrpc"u8, "1.3.2"u8);
        json.WriteStartObject("info"u8);
        json.WriteString("title"u8, "shimd"u8);
        json.WriteString("version"u8, version);
        json.WriteEndObject();
        json.WriteStartArray("methods"u8);
        foreach (MethodInfo method in methods)
        {
            WriteMethod(json, method);
        }

        json.WriteEndArray();
        json.WriteStartObject("components"u8);
        WriteSchemas(json);
        if (isWhole)
        {
            WriteErrors(json);
        }

        json.WriteEndObject();
    }

    private void WriteMethod(Utf8JsonWriter json, MethodInfo method)
    {
        WireShape result = method.Result;
        json.WriteStartObject();
        json.WriteString("name"u8, method.Name);
        json.WriteString("summary"u8, method.Summary);
        json.WriteBoolean("x-mutates"u8, method.Mutates);
        json.WriteString("x-answers"u8, method.Timing switch
        {
            MethodTiming.InOrder => "in order"u8,
            MethodTiming.WhenDone => "when done"u8,
            _ => "when done, if asked to wait or follow"u8,
        });
        json.WriteString("paramStructure"u8, "by-name"u8);
        json.WriteStartArray("params"u8);
        WriteParams(json, method.Params, required: true);
        WriteParams(json, method.Params, required: false);
        json.WriteEndArray();
        json.WriteStartObject("result"u8);
        json.WriteString("name"u8, result.Name);
        json.WritePropertyName("schema"u8);
        WriteResult(json, result, method.ProcessResult?.Invoke());
        json.WriteEndObject();
        WriteExample(json, method, result);
        json.WriteEndObject();
    }

    /// <summary>OpenRPC, Method Object: the optional ones come after all that are required.</summary>
    private void WriteParams(Utf8JsonWriter json, WireShape shape, bool required)
    {
        foreach (WireMember member in shape.Members)
        {
            if (member.Need == WireNeed.Required == required)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, member.Name);
                json.WriteBoolean("required"u8, required);
                json.WritePropertyName("schema"u8);
                WriteSchema(json, member);
                json.WriteEndObject();
            }
        }
    }

    private void WriteResult(Utf8JsonWriter json, WireShape result, WireShape? ofProcess)
    {
        if (ofProcess is null)
        {
            WriteReference(json, result);
            return;
        }

        json.WriteStartObject();
        json.WriteStartArray("anyOf"u8);
        WriteReference(json, result);
        WriteReference(json, ofProcess);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteExample(Utf8JsonWriter json, MethodInfo method, WireShape result)
    {
        json.WriteStartArray("examples"u8);
        json.WriteStartObject();
        json.WriteString("name"u8, method.Name);
        json.WriteStartArray("params"u8);
        foreach (JsonProperty given in JsonElement.Parse(method.Example).EnumerateObject())
        {
            json.WriteStartObject();
            json.WriteString("name"u8, given.Name);
            json.WritePropertyName("value"u8);
            given.Value.WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("result"u8);
        json.WriteString("name"u8, result.Name);
        json.WritePropertyName("value"u8);
        OpenRpcSample.Write(json, result);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Writing one may mention more.</summary>
    private void WriteSchemas(Utf8JsonWriter json)
    {
        json.WriteStartObject("schemas"u8);
        if (isWhole)
        {
            Mention(WireShape.Of<EventMessage>());
            Mention(WireShape.Of<ErrorData>());
        }

        for (int i = 0; i < _mentioned.Count; i++)
        {
            json.WriteStartObject(_mentioned[i].Name);
            json.WriteString("type"u8, "object"u8);
            json.WriteStartObject("properties"u8);
            foreach (WireMember member in _mentioned[i].Members)
            {
                json.WritePropertyName(member.Name);
                WriteSchema(json, member);
            }

            json.WriteEndObject();
            json.WriteStartArray("required"u8);
            foreach (WireMember member in _mentioned[i].Members)
            {
                if (member.Need is WireNeed.Required or WireNeed.OrNull)
                {
                    json.WriteStringValue(member.Name);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter json)
    {
        json.WriteStartObject("errors"u8);
        foreach (ErrorCode code in ErrorCodeNames.All)
        {
            json.WriteStartObject(code.ToWireName());
            json.WriteNumber("code"u8, (int)code);
            json.WriteString("message"u8, code.ToWireName());
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteSchema(Utf8JsonWriter json, WireMember member)
    {
        if (member.Need != WireNeed.OrNull)
        {
            WriteKind(json, member);
            return;
        }

        json.WriteStartObject();
        json.WriteStartArray("anyOf"u8);
        WriteKind(json, member);
        Raw(json, """{"type":"null"}"""u8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteKind(Utf8JsonWriter json, WireMember member)
    {
        switch (member.Kind)
        {
            case WireKind.Object:
                WriteReference(json, member.Shape!);
                break;
            case WireKind.Objects:
                json.WriteStartObject();
                json.WriteString("type"u8, "array"u8);
                json.WritePropertyName("items"u8);
                WriteReference(json, member.Shape!);
                json.WriteEndObject();
                break;
            default:
                Raw(json, SchemaOf(member.Kind));
                break;
        }
    }

    private static ReadOnlySpan<byte> SchemaOf(WireKind kind) => kind switch
    {
        WireKind.Text => """{"type":"string"}"""u8,
        WireKind.Integer => """{"type":"integer"}"""u8,
        WireKind.Flag => """{"type":"boolean"}"""u8,
        WireKind.Time => """{"type":"string","format":"date-time"}"""u8,
        WireKind.Texts => """{"type":"array","items":{"type":"string"}}"""u8,
        WireKind.Integers => """{"type":"array","items":{"type":"integer"}}"""u8,
        WireKind.TextMap => """{"type":"object","additionalProperties":{"type":"string"}}"""u8,
        WireKind.Signal or WireKind.RequestId => """{"type":["string","integer"]}"""u8,
        WireKind.Stdio => """{"anyOf":[{"enum":[null,"log","attach"]},{"type":"object","properties":{"fifo":{"type":"string"},"file":{"type":"string"},"fd":{"type":"integer"}}}]}"""u8,
        _ => """{"type":"object"}"""u8,
    };

    private void WriteReference(Utf8JsonWriter json, WireShape shape)
    {
        Mention(shape);
        json.WriteStartObject();
        json.WriteString("$ref"u8, "#/components/schemas/" + shape.Name);
        json.WriteEndObject();
    }

    private void Mention(WireShape shape)
    {
        foreach (WireShape known in _mentioned)
        {
            if (known.Name == shape.Name)
            {
                return;
            }
        }

        _mentioned.Add(shape);
    }

    private static void Raw(Utf8JsonWriter json, ReadOnlySpan<byte> value) => json.WriteRawValue(value, skipInputValidation: true);
}
