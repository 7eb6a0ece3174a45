using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>What containers leave behind when a test has failed, or an agent cannot be asked any more: processes, also frozen ones,
/// mounts and control groups.</summary>
/// <param name="directory">All that belongs here stands in it, names it, or is below it.</param>
/// <param name="ids">Of the containers.</param>
internal sealed class Leftovers(string directory, IReadOnlyList<string> ids)
{
    private const string Top = "/sys/fs/cgroup";

    /// <summary>Living processes that stand in the directory, name it, or are in a cgroup of one of the containers.</summary>
    public IEnumerable<int> Pids => ProcFs.Pids.Where(pid =>
        pid != Environment.ProcessId
        && (ProcFs.WorkingDirectory(pid).StartsWith(directory, StringComparison.Ordinal)
            || ProcFs.CommandLine(pid).Contains(directory, StringComparison.Ordinal)
            || (ProcFs.CgroupsOf(pid) is var cgroups && ids.Any(id => cgroups.Contains(id, StringComparison.Ordinal)))));

    /// <summary>The same in words.</summary>
    public IEnumerable<string> Processes => Pids.Select(pid => $"{pid} {ProcFs.CommandLine(pid)}in {ProcFs.WorkingDirectory(pid)}");

    public IEnumerable<string> Mounts => ProcFs.Mounts.Where(mount => mount.StartsWith(directory, StringComparison.Ordinal));

    /// <summary>The control groups of the containers.</summary>
    public IEnumerable<string> Cgroups => CgroupDirectories.Where(path => !NativeFile.IsInMemory(path));

    private IEnumerable<string> CgroupDirectories => Directory.Exists(Top)
        ? Directory.EnumerateDirectories(Top, "*-shimd-test*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 })
            .Where(path => ids.Any(id => path.Contains(id, StringComparison.Ordinal)))
        : [];

    /// <summary>Ends and removes all of it. Nothing is said of what there was: that is for who asks before.</summary>
    public void Remove()
    {
        try
        {
            Poll.Until(HaveEnded, () => $"what was killed has ended: {string.Join(", ", Processes)}");
        }
        finally
        {
            foreach (string mount in Mounts.Reverse().ToArray())
            {
                _ = Child.Run("/bin/umount", "-l", mount);
            }

            RemoveCgroups();
        }
    }

    /// <summary>Once more for each look: a shim, or a runtime that has just been called, may have started something meanwhile.</summary>
    private bool HaveEnded()
    {
        int[] pids = [.. Pids];
        foreach (int pid in pids)
        {
            _ = ProcessControl.Kill(pid, Signal.SIGKILL);
        }

        if (pids.Length > 0)
        {
            Thaw();
        }

        return pids.Length == 0;
    }

    /// <summary>A frozen process does not end: version 1 holds even SIGKILL back.</summary>
    private void Thaw()
    {
        foreach (string group in Cgroups.ToArray())
        {
            Write($"{group}/freezer.state", "THAWED");
            Write($"{group}/cgroup.freeze", "0");
        }
    }

    private static void Write(string path, string text)
    {
        try
        {
            if (File.Exists(path))
            {
                File.WriteAllText(path, text);
            }
        }
        catch (IOException)
        {
            // The group has gone meanwhile.
        }
    }

    private void RemoveCgroups()
    {
        // The innermost first. Where ./dev has taken the second hierarchy away, crun 1.8 makes plain directories in its place, and forgets them.
        foreach (string path in CgroupDirectories.OrderByDescending(path => path.Length).ToArray())
        {
            try
            {
                Directory.Delete(path, recursive: NativeFile.IsInMemory(path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{path} is left: {exception.Message}");
            }
        }
    }
}
