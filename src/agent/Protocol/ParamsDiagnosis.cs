using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Shimd.Protocol;

/// <summary>
/// Finds out why params did not bind, and says it in words. The serializer's own messages name .NET types, and are stripped from the
/// trimmed binary; so the element is compared with the type's metadata once more, on the error path only.
/// </summary>
internal static class ParamsDiagnosis
{
    public static ShimdException Explain(JsonElement element, JsonTypeInfo info, JsonException failure)
    {
        string path = ToMemberPath(failure.Path);
        if (failure.InnerException is ShimdException inner)
        {
            return ShimdException.InvalidParams(Join(path, inner.Details.Path ?? ""), WithoutPath(inner));
        }

        return FindInObject(element, info, "") ?? ShimdException.InvalidParams(path, "has the wrong type");
    }

    /// <summary>From the serializer's <c>$.stdio.stdout</c> to <c>stdio.stdout</c>.</summary>
    public static string ToMemberPath(string? jsonPath)
    {
        ReadOnlySpan<char> path = jsonPath;
        path = path.StartsWith("$") ? path[1..] : path;
        return (path.StartsWith(".") ? path[1..] : path).ToString();
    }

    private static ShimdException? FindInObject(JsonElement element, JsonTypeInfo info, string path)
    {
        foreach (JsonProperty member in element.EnumerateObject())
        {
            JsonPropertyInfo? known = FindProperty(info, member.Name);
            string memberPath = Join(path, WireText.Truncate(member.Name, 128));
            ShimdException? problem = known is null
                ? ShimdException.InvalidParams(memberPath, $"is not known here; known are: {KnownNames(info)}")
                : FindInValue(member.Value, known, info.Options, memberPath);
            if (problem is not null)
            {
                return problem;
            }
        }

        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.IsRequired && !element.TryGetProperty(property.Name, out _))
            {
                return ShimdException.InvalidParams(Join(path, property.Name), "is required");
            }
        }

        return null;
    }

    private static ShimdException? FindInValue(JsonElement value, JsonPropertyInfo property, JsonSerializerOptions options, string path)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (value.ValueKind == JsonValueKind.Null)
        {
            return property.IsSetNullable ? null : ShimdException.InvalidParams(path, "must not be null");
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return FindInInteger(value, type, path);
        }

        if (type == typeof(bool))
        {
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : ShimdException.InvalidParams(path, "must be true or false");
        }

        if (type == typeof(string))
        {
            return value.ValueKind == JsonValueKind.String ? null : ShimdException.InvalidParams(path, "must be a string");
        }

        JsonTypeInfo info = options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary when value.ValueKind != JsonValueKind.Object =>
                ShimdException.InvalidParams(path, "must be an object"),
            JsonTypeInfoKind.Object => FindInObject(value, info, path),
            JsonTypeInfoKind.Enumerable when value.ValueKind != JsonValueKind.Array => ShimdException.InvalidParams(path, "must be an array"),
            _ => null,
        };
    }

    private static ShimdException? FindInInteger(JsonElement value, Type type, string path)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return ShimdException.InvalidParams(path, "must be an integer");
        }

        if (type == typeof(int) ? value.TryGetInt32(out _) : value.TryGetInt64(out _))
        {
            return null;
        }

        bool isInteger = value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        return ShimdException.InvalidParams(path, isInteger ? "is out of range" : "must be an integer, without fraction or exponent");
    }

    private static JsonPropertyInfo? FindProperty(JsonTypeInfo info, string name)
    {
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.Name == name)
            {
                return property;
            }
        }

        return null;
    }

    private static string KnownNames(JsonTypeInfo info)
    {
        List<string> names = [];
        foreach (JsonPropertyInfo property in info.Properties)
        {
            names.Add(property.Name);
        }

        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    private static string Join(string path, string member) =>
        path.Length == 0 ? member : member.Length == 0 ? path : $"{path}.{member}";

    /// <summary>A converter does not know where it stands: its message begins with its own part of the path.</summary>
    private static string WithoutPath(ShimdException inner)
    {
        string prefix = string.IsNullOrEmpty(inner.Details.Path) ? "params " : inner.Details.Path + " ";
        return inner.Message.StartsWith(prefix, StringComparison.Ordinal) ? inner.Message[prefix.Length..] : inner.Message;
    }
}
