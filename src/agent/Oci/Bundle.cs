using System.Text.Json;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>What is wrong with a bundle, and where.</summary>
internal sealed record BundleProblem(string Path, string Message);

/// <summary>An OCI bundle: a directory with config.json (runtime-spec, config.md), as far as shimd has to know it.</summary>
internal sealed class Bundle
{
    private Bundle(string path, JsonElement config)
    {
        Path = path;
        Config = config;
        Process = new ProcessSpec(config.GetProperty("process"));
    }

    public string Path { get; }

    public ProcessSpec Process { get; }

    /// <summary>The directory that <c>root.path</c> names; null where the configuration has none.</summary>
    public string? RootDirectory => Config.TryGetProperty("root", out JsonElement root)
        && root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("path", out JsonElement path)
        && path.ValueKind == JsonValueKind.String
        ? System.IO.Path.Combine(Path, path.GetString()!)
        : null;

    /// <summary>The host's id that 0 inside is mapped to: <c>linux.uidMappings</c>, or 0 without a user namespace.</summary>
    public uint RootUid => MappedRoot("uidMappings");

    /// <summary>As <see cref="RootUid"/>, for <c>linux.gidMappings</c>.</summary>
    public uint RootGid => MappedRoot("gidMappings");

    /// <summary>True unless <c>linux.namespaces</c> asks for a new pid namespace.</summary>
    public bool SharesPids
    {
        get
        {
            if (!Config.TryGetProperty("linux", out JsonElement linux)
                || linux.ValueKind != JsonValueKind.Object
                || !linux.TryGetProperty("namespaces", out JsonElement namespaces)
                || namespaces.ValueKind != JsonValueKind.Array)
            {
                return true;
            }

            return !namespaces.EnumerateArray().Any(space =>
                space.TryGetProperty("type", out JsonElement type) && type.ValueEquals("pid") && !space.TryGetProperty("path", out _));
        }
    }

    private JsonElement Config { get; }

    /// <summary>Reads config.json; what the runtime checks itself is left to it.</summary>
    public static (Bundle? Bundle, BundleProblem? Problem) Load(string path)
    {
        if (NativeFile.Status(path) is not { IsDirectory: true })
        {
            return (null, new BundleProblem(path, $"the bundle {path} is not a directory"));
        }

        string configPath = System.IO.Path.Combine(path, "config.json");
        SysResult<byte[]> content = NativeFile.ReadAll(configPath);
        if (!content.IsOk)
        {
            return (null, new BundleProblem(configPath, $"cannot read {configPath}: {content.Error.Describe()}"));
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(content.Value);
            JsonElement config = document.RootElement.Clone();
            return ProblemIn(config) is { } problem
                ? (null, new BundleProblem(configPath, $"{configPath}: {problem}"))
                : (new Bundle(path, config), null);
        }
        catch (JsonException exception)
        {
            return (null, new BundleProblem(
                configPath, $"{configPath} is not JSON: see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}"));
        }
    }

    private static string? ProblemIn(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object)
        {
            return "not a JSON object";
        }

        return !config.TryGetProperty("process", out JsonElement process)
            ? "it has no 'process': say which program to run (process.args)"
            : ProcessSpec.ProblemIn(process);
    }

    private uint MappedRoot(string kind)
    {
        if (!Config.TryGetProperty("linux", out JsonElement linux)
            || linux.ValueKind != JsonValueKind.Object
            || !linux.TryGetProperty(kind, out JsonElement mappings)
            || mappings.ValueKind != JsonValueKind.Array)
        {
            return 0;
        }

        foreach (JsonElement mapping in mappings.EnumerateArray())
        {
            if (mapping.TryGetProperty("containerID", out JsonElement inside) && inside.GetInt64() == 0)
            {
                return mapping.GetProperty("hostID").GetUInt32();
            }
        }

        return 0;
    }
}
