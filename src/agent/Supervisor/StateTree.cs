using Microsoft.Extensions.Logging;
using Shimd.Logging;
using Shimd.Native;
using Shimd.Storage;

namespace Shimd.Supervisor;

/// <summary>Removes directories of the state root.</summary>
internal static class StateTree
{
    /// <summary>Begins the names of process directories that are being removed; no process has such a name.</summary>
    public const char RemovedPrefix = '.';

    /// <summary>Removes a process's directory. It loses its name first: should we be killed on the way, the next start does not take what
    /// is left for a process that it cannot read.</summary>
    public static void RemoveProcess(ProcessDirectory directory, ILogger logger)
    {
        string renamed = Path.Combine(Path.GetDirectoryName(directory.Path)!, RemovedPrefix + Path.GetFileName(directory.Path));
        Remove(renamed, logger);
        SysResult moved = NativeFile.Rename(directory.Path, renamed);
        CrashPoint.Hit(CrashPoint.ProcessRenamed);
        Remove(moved.IsOk ? renamed : directory.Path, logger);
    }

    /// <summary>Removes the directory with all that is in it; what cannot be removed is logged, and found at the next start.</summary>
    public static void Remove(string path, ILogger logger)
    {
        if (!DirectoryTree.Remove(path).IsOk)
        {
            // It may be that we have no descriptor left to look into it with.
            OpenFilesLimit.UseKept(() =>
            {
                SysResult removed = DirectoryTree.Remove(path);
                if (!removed.IsOk)
                {
                    LogMessages.DirectoryLeft(logger, path, removed.Error.Describe());
                }
            });
        }
    }
}
