using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>
/// Results, errors and events: written by the agent, read by the client. Null members are left out unless the record says otherwise
/// by its own attribute.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(Rfc3339Converter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmptyResult))]
[JsonSerializable(typeof(HelloResult))]
[JsonSerializable(typeof(ContainerInfo))]
[JsonSerializable(typeof(ProcessInfo))]
[JsonSerializable(typeof(ExitInfo))]
[JsonSerializable(typeof(ExecResult))]
[JsonSerializable(typeof(ListResult))]
[JsonSerializable(typeof(ProcessesResult))]
[JsonSerializable(typeof(PidsResult))]
[JsonSerializable(typeof(StatsResult))]
[JsonSerializable(typeof(LogsResult))]
[JsonSerializable(typeof(AttachResult))]
[JsonSerializable(typeof(SubscribeResult))]
[JsonSerializable(typeof(ExplainResult))]
[JsonSerializable(typeof(ErrorData))]
[JsonSerializable(typeof(EventMessage))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class WireJson : JsonSerializerContext;
