using System.Text.Json;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>What is wrong with a bundle, and where; <paramref name="Error"/> when it was a system call that failed.</summary>
internal sealed record BundleProblem(string Path, string Message, Errno Error = Errno.None);

/// <summary>
/// An OCI bundle: a directory with config.json (runtime-spec, config.md). Only what shimd has to know is read, at once; what
/// is strange elsewhere is left for the runtime to complain about.
/// </summary>
internal sealed class Bundle
{
    private Bundle(string path, JsonElement config)
    {
        Process = new ProcessSpec(config.GetProperty("process"));
        RootDirectory = Member(config, "root", JsonValueKind.Object) is { } root && Member(root, "path", JsonValueKind.String) is { } rootPath
            ? Path.Combine(path, rootPath.GetString()!)
            : null;
        JsonElement? linux = Member(config, "linux", JsonValueKind.Object);
        RootUid = MappedRoot(linux, "uidMappings");
        RootGid = MappedRoot(linux, "gidMappings");
        CgroupsPath = linux is { } settings && Member(settings, "cgroupsPath", JsonValueKind.String) is { } group ? group.GetString() : null;
        SharesPids = true;
        foreach (JsonElement space in Items(linux, "namespaces"))
        {
            SharesPids &= !IsNewPidNamespace(space);
        }
    }

    public ProcessSpec Process { get; }

    /// <summary>The directory that <c>root.path</c> names; null where the configuration has none.</summary>
    public string? RootDirectory { get; }

    /// <summary>The host's id that 0 inside is mapped to: <c>linux.uidMappings</c>, or 0 without a user namespace.</summary>
    public uint RootUid { get; }

    /// <summary>As <see cref="RootUid"/>, for <c>linux.gidMappings</c>.</summary>
    public uint RootGid { get; }

    /// <summary><c>linux.cgroupsPath</c>: the group that the container is to be in, which may be there already.</summary>
    public string? CgroupsPath { get; }

    /// <summary>True unless <c>linux.namespaces</c> asks for a new pid namespace.</summary>
    public bool SharesPids { get; }

    /// <summary>Reads config.json.</summary>
    public static (Bundle? Bundle, BundleProblem? Problem) Load(string path)
    {
        if (NativeFile.Status(path) is not { IsDirectory: true })
        {
            return (null, new BundleProblem(path, $"the bundle {path} is not a directory"));
        }

        string configPath = Path.Combine(path, "config.json");
        SysResult<byte[]> content = NativeFile.ReadAll(configPath);
        if (!content.IsOk)
        {
            return (null, new BundleProblem(configPath, $"cannot read {configPath}: {content.Error.Describe()}", content.Error));
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
        catch (InvalidOperationException)
        {
            // Parsing accepts these, and taking the string does not: bytes that are not UTF-8, half a surrogate pair.
            return (null, new BundleProblem(configPath, $"{configPath} has text in it that is not valid Unicode"));
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

    private static bool IsNewPidNamespace(JsonElement space)
        => space.ValueKind == JsonValueKind.Object
            && Member(space, "type", JsonValueKind.String) is { } type
            && type.ValueEquals("pid")
            && !space.TryGetProperty("path", out _);

    private static uint MappedRoot(JsonElement? linux, string kind)
    {
        foreach (JsonElement mapping in Items(linux, kind))
        {
            if (mapping.ValueKind == JsonValueKind.Object
                && Member(mapping, "containerID", JsonValueKind.Number) is { } inside
                && inside.TryGetUInt32(out uint insideId)
                && insideId == 0
                && Member(mapping, "hostID", JsonValueKind.Number) is { } outside
                && outside.TryGetUInt32(out uint outsideId))
            {
                return outsideId;
            }
        }

        return 0;
    }

    private static JsonElement? Member(JsonElement owner, string name, JsonValueKind kind)
        => owner.TryGetProperty(name, out JsonElement member) && member.ValueKind == kind ? member : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement? owner, string name)
        => owner is { } present && Member(present, name, JsonValueKind.Array) is { } list ? list.EnumerateArray() : default;
}
