namespace Shimd.Native;

/// <summary>Programs by name: in PATH, and in the directories that an init system's PATH may lack.</summary>
internal static class ProgramPath
{
    private const string Fallback = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Its full path; null when there is none.</summary>
    public static string? Find(string name)
    {
        string search = $"{Environment.GetEnvironmentVariable("PATH")}:{Fallback}";
        foreach (string directory in search.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(directory, name);
            if (IsProgram(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>Whether it is a file that may be executed.</summary>
    public static bool IsProgram(string path) => NativeFile.Status(path) is { IsRegular: true, IsExecutable: true };
}
