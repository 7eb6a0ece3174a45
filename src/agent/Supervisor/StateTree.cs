using Microsoft.Extensions.Logging;
using Shimd.Logging;

namespace Shimd.Supervisor;

/// <summary>Removes directories of the state root.</summary>
internal static class StateTree
{
    /// <summary>Removes the directory with all that is in it; what cannot be removed is logged, and found at the next start.</summary>
    public static void Remove(string path, ILogger logger)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogMessages.DirectoryLeft(logger, path, exception.Message);
        }
    }
}
