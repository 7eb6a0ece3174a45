using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Shimd.Oci;

/// <summary>What an exec changes of its container's own process.</summary>
internal sealed record ExecChanges
{
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary><c>NAME=value</c>, in addition; a name that is there already gets the new value.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    public string? WorkingDirectory { get; init; }

    /// <summary><c>uid</c> or <c>uid:gid</c>.</summary>
    public string? User { get; init; }

    public bool Terminal { get; init; }

    /// <summary>The terminal's size; 0 where it is not known.</summary>
    public int Columns { get; init; }

    public int Rows { get; init; }
}

/// <summary>Makes the OCI process of an exec: the container's own, with its capabilities and limits, and another program.</summary>
internal static class ExecSpec
{
    public static JsonElement Build(JsonElement init, ExecChanges changes)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (JsonProperty member in init.EnumerateObject())
            {
                if (!IsReplaced(member.Name, changes))
                {
                    member.WriteTo(json);
                }
            }

            json.WriteBoolean("terminal", changes.Terminal);
            if (changes is { Columns: > 0, Rows: > 0 })
            {
                json.WriteStartObject("consoleSize");
                json.WriteNumber("height", changes.Rows);
                json.WriteNumber("width", changes.Columns);
                json.WriteEndObject();
            }

            WriteStrings(json, "args", changes.Arguments);
            WriteStrings(json, "env", Merge(new ProcessSpec(init).Environment, changes.Environment));
            json.WriteString("cwd", changes.WorkingDirectory ?? new ProcessSpec(init).WorkingDirectory);
            if (changes.User is { } user)
            {
                WriteUser(json, user);
            }

            json.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static bool IsReplaced(string member, ExecChanges changes) => member switch
    {
        "terminal" or "args" or "env" or "cwd" or "consoleSize" => true,
        "user" => changes.User is not null,
        _ => false,
    };

    private static List<string> Merge(IReadOnlyList<string> own, IReadOnlyList<string> added)
    {
        HashSet<string> replaced = new(StringComparer.Ordinal);
        foreach (string entry in added)
        {
            replaced.Add(NameOf(entry));
        }

        List<string> merged = [];
        foreach (string entry in own)
        {
            if (!replaced.Contains(NameOf(entry)))
            {
                merged.Add(entry);
            }
        }

        merged.AddRange(added);
        return merged;
    }

    private static string NameOf(string entry) => entry.Split('=', 2)[0];

    private static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteUser(Utf8JsonWriter json, string user)
    {
        string[] ids = user.Split(':');
        json.WriteStartObject("user");
        json.WriteNumber("uid", uint.Parse(ids[0], CultureInfo.InvariantCulture));
        json.WriteNumber("gid", ids.Length > 1 ? uint.Parse(ids[1], CultureInfo.InvariantCulture) : 0);
        json.WriteEndObject();
    }
}
