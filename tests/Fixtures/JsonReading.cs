using System.Text.Json;

namespace Shimd.Tests.Fixtures;

/// <summary>Short words for reading replies.</summary>
internal static class JsonReading
{
    /// <summary>A member that must be a string.</summary>
    public static string Text(this JsonElement element, string member) => element.GetProperty(member).GetString()!;

    public static int Number(this JsonElement element, string member) => element.GetProperty(member).GetInt32();

    public static bool IsNull(this JsonElement element, string member) => element.GetProperty(member).ValueKind == JsonValueKind.Null;
}
