using Shimd.Native;

namespace Shimd.Oci;

/// <summary>An OCI runtime on this machine.</summary>
internal sealed record FoundRuntime(string Name, string Path);

/// <summary>Finds OCI runtimes by name.</summary>
internal static class RuntimeFinder
{
    /// <summary>In the order of preference.</summary>
    public static readonly IReadOnlyList<string> KnownNames = ["crun", "runc", "youki"];

    /// <summary>Those of the known runtimes that are in PATH.</summary>
    public static IReadOnlyList<FoundRuntime> FindAll()
    {
        List<FoundRuntime> all = [];
        foreach (string name in KnownNames)
        {
            if (Find(name) is { } found)
            {
                all.Add(found);
            }
        }

        return all;
    }

    /// <summary>The preferred one of those that are there; null when there is none.</summary>
    public static FoundRuntime? FindDefault() => FindAll() is [FoundRuntime first, ..] ? first : null;

    /// <summary>The runtime of that name, or at that absolute path; null when there is no such executable.</summary>
    public static FoundRuntime? Find(string nameOrPath)
    {
        if (nameOrPath.Contains('/', StringComparison.Ordinal))
        {
            string full = Path.GetFullPath(nameOrPath);
            return ProgramPath.IsProgram(full) ? new FoundRuntime(Path.GetFileName(full), full) : null;
        }

        return ProgramPath.Find(nameOrPath) is { } found ? new FoundRuntime(nameOrPath, found) : null;
    }
}
