using System.Text.Json;

namespace Shimd.Oci;

/// <summary>What <c>runtime state</c> prints (runtime-spec, runtime.md), as far as it is used.</summary>
internal static class RuntimeState
{
    /// <summary>The status; null where the output is not what it should be.</summary>
    public static string? StatusIn(string output)
    {
        try
        {
            JsonElement state = JsonElement.Parse(output);
            return state.ValueKind == JsonValueKind.Object
                && state.TryGetProperty("status", out JsonElement status)
                && status.ValueKind == JsonValueKind.String
                ? status.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
