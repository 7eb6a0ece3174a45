using System.Text.Json.Serialization;

namespace Shimd.Oci;

/// <summary>What <c>runtime state</c> prints (runtime-spec, runtime.md), as far as it is used.</summary>
internal sealed record RuntimeState(string Id, string Status, int Pid);

/// <summary>The serializers of what is said to and by runtimes, generated at compile time.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RuntimeState))]
[JsonSerializable(typeof(RuntimeOutcome))]
[JsonSerializable(typeof(ShimReport))]
[JsonSerializable(typeof(ControlMessage))]
internal sealed partial class OciJson : JsonSerializerContext;
