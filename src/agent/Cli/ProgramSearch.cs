using Shimd.Native;

namespace Shimd.Cli;

/// <summary>Programs by name, where the agent would find them: in PATH, and in the directories that an init system's may lack.</summary>
internal static class ProgramSearch
{
    private const string Fallback = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Its full path; null when there is none.</summary>
    public static string? Find(string name)
        => $"{Environment.GetEnvironmentVariable("PATH")}:{Fallback}"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(path => NativeFile.Status(path) is { IsRegular: true, IsExecutable: true });
}
