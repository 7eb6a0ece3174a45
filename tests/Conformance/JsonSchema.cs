using System.Text.Json;

namespace Shimd.Tests.Conformance;

/// <summary>As much of JSON Schema as rpc.discover uses; a word that it does not know is an error, not a pass.</summary>
internal sealed class JsonSchema(JsonElement document)
{
    /// <summary>What is wrong with the value, or null. With <paramref name="isExact"/> members that the schema does not name are wrong, too.</summary>
    public string? Problem(JsonElement schema, JsonElement value, bool isExact, string path = "$")
    {
        foreach (JsonProperty word in schema.EnumerateObject())
        {
            string? problem = word.Name switch
            {
                "$ref" => Problem(Resolve(word.Value.GetString()!), value, isExact, path),
                "type" => Types(word.Value).Any(type => IsOf(type, value)) ? null : $"{path} is no {word.Value}: {value}",
                "anyOf" => word.Value.EnumerateArray().Any(one => Problem(one, value, isExact, path) is null) ? null : $"{path} is none of {word.Value}: {value}",
                "enum" => word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"{path} is none of {word.Value}: {value}",
                "items" => value.ValueKind != JsonValueKind.Array ? null : value.EnumerateArray().Select((item, i) => Problem(word.Value, item, isExact, $"{path}[{i}]")).FirstOrDefault(p => p is not null),
                "properties" => value.ValueKind != JsonValueKind.Object ? null : Properties(word.Value, value, isExact, path),
                "additionalProperties" => value.EnumerateObject().Select(member => Problem(word.Value, member.Value, isExact, $"{path}.{member.Name}")).FirstOrDefault(p => p is not null),
                "required" => word.Value.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path}.{name} is missing: {value}").FirstOrDefault(),
                "format" => DateTimeOffset.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, out _) ? null : $"{path} is no time: {value}",
                _ => $"{path}: the schema has '{word.Name}'",
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private string? Properties(JsonElement properties, JsonElement value, bool isExact, string path)
    {
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out JsonElement schema))
            {
                if (Problem(schema, member.Value, isExact, $"{path}.{member.Name}") is { } problem)
                {
                    return problem;
                }
            }
            else if (isExact)
            {
                return $"{path}.{member.Name} is not in the schema";
            }
        }

        return null;
    }

    private JsonElement Resolve(string reference)
    {
        JsonElement found = document;
        foreach (string name in reference.Split('/')[1..])
        {
            found = found.GetProperty(name);
        }

        return found;
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!) : [type.GetString()!];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };
}
