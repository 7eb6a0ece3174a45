using System.Text.Json.Serialization;

namespace Shimd.Protocol;

/// <summary>
/// Reading params, strictly: an unknown member, a number in quotes or a null for a value is refused before anything is done. Metadata
/// only: nothing here is ever written on a hot path, and <see cref="ParamsDiagnosis"/> and rpc.discover read it.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NoParams))]
[JsonSerializable(typeof(ContainerParams))]
[JsonSerializable(typeof(ProcessParams))]
[JsonSerializable(typeof(CreateParams))]
[JsonSerializable(typeof(ExecParams))]
[JsonSerializable(typeof(KillParams))]
[JsonSerializable(typeof(StopParams))]
[JsonSerializable(typeof(WaitParams))]
[JsonSerializable(typeof(DeleteParams))]
[JsonSerializable(typeof(ListParams))]
[JsonSerializable(typeof(UpdateParams))]
[JsonSerializable(typeof(CheckpointParams))]
[JsonSerializable(typeof(ResizeParams))]
[JsonSerializable(typeof(LogsParams))]
[JsonSerializable(typeof(AttachParams))]
[JsonSerializable(typeof(WriteParams))]
[JsonSerializable(typeof(SubscribeParams))]
[JsonSerializable(typeof(UnsubscribeParams))]
[JsonSerializable(typeof(DiscoverParams))]
internal sealed partial class ParamsJson : JsonSerializerContext;
