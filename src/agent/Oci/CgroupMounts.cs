namespace Shimd.Oci;

/// <summary>Where the hierarchies of control groups are mounted, from the text of /proc/self/mountinfo (proc(5)).</summary>
internal sealed class CgroupMounts
{
    /// <summary>The key of the one hierarchy of version 2.</summary>
    public const string Unified = "";

    /// <summary>In the order in which they were mounted, but for those that a later mount hides.</summary>
    private readonly List<CgroupMount> _mounts = [];

    public CgroupMounts(string mountInfo)
    {
        foreach (string line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Hide(line);
            int separator = line.IndexOf(" - cgroup", StringComparison.Ordinal);
            if (separator < 0)
            {
                continue;
            }

            string[] fields = line[..separator].Split(' ');
            string[] source = line[(separator + 3)..].Split(' ');
            if (source[0] == "cgroup2")
            {
                _mounts.Add(new CgroupMount([Unified], fields[3], fields[4]));
            }
            else if (source[0] == "cgroup")
            {
                _mounts.Add(new CgroupMount(source[2].Split(','), fields[3], fields[4]));
            }
        }
    }

    /// <summary>Whether a hierarchy has the controller.</summary>
    public bool Has(string controller) => _mounts.Exists(mount => mount.Has(controller));

    /// <summary>The directory of a group; null when no hierarchy has the controller, or none is mounted from so far up that the group can be seen.</summary>
    public string? DirectoryOf(string controller, string path)
    {
        for (int i = _mounts.Count - 1; i >= 0; i--)
        {
            if (_mounts[i].Has(controller) && _mounts[i].DirectoryOf(path) is { } directory)
            {
                return directory;
            }
        }

        return null;
    }

    /// <summary>What is mounted where a mount stands already, or above it, hides that.</summary>
    private void Hide(ReadOnlySpan<char> line)
    {
        const int TargetField = 4;
        for (int field = 0; field < TargetField; field++)
        {
            line = line[(line.IndexOf(' ') + 1)..];
        }

        int end = line.IndexOf(' ');
        ReadOnlySpan<char> target = end < 0 ? line : line[..end];
        for (int i = _mounts.Count - 1; i >= 0; i--)
        {
            ReadOnlySpan<char> before = _mounts[i].Target;
            if (before.StartsWith(target, StringComparison.Ordinal) && (before.Length == target.Length || before[target.Length] == '/'))
            {
                _mounts.RemoveAt(i);
            }
        }
    }

    /// <summary>Where a hierarchy is mounted, and from which of its groups on.</summary>
    private sealed class CgroupMount(string[] controllers, string root, string target)
    {
        private readonly string _above = root == "/" ? "" : root;

        public string Target => target;

        public bool Has(string controller) => Array.IndexOf(controllers, controller) >= 0;

        /// <summary>A hierarchy may be mounted from below its top, as inside a container. Names with .. are of what lies outside of our cgroup namespace (cgroup_namespaces(7)).</summary>
        public string? DirectoryOf(string path)
            => $"{path}/".StartsWith($"{_above}/", StringComparison.Ordinal) && !path.StartsWith("/..", StringComparison.Ordinal)
                ? target + path[_above.Length..].TrimEnd('/')
                : null;
    }
}
