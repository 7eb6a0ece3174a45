using System.Text.Json;

namespace Shimd.Storage;

/// <summary>
/// Enums in files, by their words. Written out, so that renaming a member cannot change a file; and the serializer's own converter
/// costs 25 KB for each enum.
/// </summary>
internal static class EnumWords
{
    /// <summary>The value, which is the word's place.</summary>
    /// <exception cref="JsonException">It is none of the words; a newer version may know more.</exception>
    public static int Read(ref Utf8JsonReader reader, string[] words)
    {
        string? word = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        int value = Array.IndexOf(words, word);
        return value >= 0 ? value : throw new JsonException($"'{word}' is not one of {string.Join(", ", words)}");
    }

    public static void Write(Utf8JsonWriter writer, int value, string[] words) => writer.WriteStringValue(words[value]);
}
