using System.Globalization;

namespace Shimd.Storage;

/// <summary>
/// The names of a log's files. The current one has the log's own name; when it is full it is renamed once, to that name and a number
/// that grows by one each time. So a number always means the same file, the highest is the newest that is full, and the current
/// file's own number is the next.
/// </summary>
internal static class LogFiles
{
    /// <summary>The full file of that number, 1 or more.</summary>
    public static string Full(string path, long number) => path + "." + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The file that is about to become the current one.</summary>
    public static string Next(string path) => path + ".new";

    /// <summary>The numbers of the full files that there are, the lowest and the highest; 0 when there is none.</summary>
    public static (long Oldest, long Newest) Numbers(string path)
    {
        string directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        string prefix = Path.GetFileName(path) + ".";
        long oldest = 0;
        long newest = 0;
        try
        {
            foreach (string file in Directory.EnumerateFiles(directory))
            {
                string name = Path.GetFileName(file);
                if (name.StartsWith(prefix, StringComparison.Ordinal)
                    && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    && number > 0)
                {
                    oldest = oldest == 0 ? number : Math.Min(oldest, number);
                    newest = Math.Max(newest, number);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing can be said of a directory that cannot be read; opening a file in it will fail with a better word.
        }

        return (oldest, newest);
    }
}
