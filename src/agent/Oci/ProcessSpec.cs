using System.Text.Json;

namespace Shimd.Oci;

/// <summary>The OCI process (runtime-spec, config.md, "process"): passed on as it is, read as far as shimd has to know it.</summary>
internal sealed class ProcessSpec(JsonElement spec)
{
    public JsonElement Json { get; } = spec;

    public IReadOnlyList<string> Arguments => Strings("args");

    public IReadOnlyList<string> Environment => Strings("env");

    public string WorkingDirectory
        => Json.TryGetProperty("cwd", out JsonElement cwd) && cwd.ValueKind == JsonValueKind.String ? cwd.GetString()! : "/";

    public bool Terminal => Json.TryGetProperty("terminal", out JsonElement terminal) && terminal.ValueKind == JsonValueKind.True;

    /// <summary>Why this cannot be a process, or null.</summary>
    public static string? ProblemIn(JsonElement process)
    {
        if (process.ValueKind != JsonValueKind.Object)
        {
            return "'process' is not an object";
        }

        bool hasArguments = process.TryGetProperty("args", out JsonElement args)
            && args.ValueKind == JsonValueKind.Array
            && args.GetArrayLength() > 0;
        for (int i = 0; hasArguments && i < args.GetArrayLength(); i++)
        {
            // Takes them all, so that text that is not Unicode is found here and not in the midst of a create.
            hasArguments = args[i].ValueKind == JsonValueKind.String && args[i].GetString() is not null;
        }

        if (!hasArguments)
        {
            return "'process.args' must be a list of strings, the program first";
        }

        return args[0].ValueEquals("") ? "'process.args[0]' is empty: it names the program" : null;
    }

    private List<string> Strings(string name)
    {
        List<string> strings = [];
        if (Json.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in list.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.String)
                {
                    strings.Add(item.GetString()!);
                }
            }
        }

        return strings;
    }
}
