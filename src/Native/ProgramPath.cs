namespace Shimd.Native;

/// <summary>Programs by name: in PATH, and in the directories that an init system's PATH may lack.</summary>
internal static class ProgramPath
{
    private const string Fallback = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Its full path; null when there is none.</summary>
    public static string? Find(string name)
        => $"{Environment.GetEnvironmentVariable("PATH")}:{Fallback}"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(IsProgram);

    /// <summary>Whether it is a file that may be executed.</summary>
    public static bool IsProgram(string path) => NativeFile.Status(path) is { IsRegular: true, IsExecutable: true };
}
