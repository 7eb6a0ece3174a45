using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shimd.Storage;

/// <summary>The serializers of the state files, generated at compile time. Each type of a member costs some 10 KB: the records make do with few.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(ProcessRecord))]
[JsonSerializable(typeof(RunningRecord))]
[JsonSerializable(typeof(ExitRecord))]
[JsonSerializable(typeof(CheckpointOptions))]
[JsonSerializable(typeof(HistoryRecord))]
internal sealed partial class StateJson : JsonSerializerContext;
