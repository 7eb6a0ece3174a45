namespace Shimd.Oci;

/// <summary>Where the hierarchies of control groups are mounted, from the text of /proc/self/mountinfo (proc(5)).</summary>
internal sealed class CgroupMounts
{
    /// <summary>The key of the one hierarchy of version 2.</summary>
    public const string Unified = "";

    private readonly Dictionary<string, CgroupMount> _mounts = new(StringComparer.Ordinal);

    public CgroupMounts(string mountInfo)
    {
        foreach (string line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int separator = line.IndexOf(" - cgroup", StringComparison.Ordinal);
            if (separator < 0)
            {
                continue;
            }

            string[] fields = line[..separator].Split(' ');
            string[] source = line[(separator + 3)..].Split(' ');
            if (source[0] == "cgroup2")
            {
                _mounts[Unified] = new CgroupMount(fields[3], fields[4]);
            }
            else if (source[0] == "cgroup")
            {
                foreach (string option in source[2].Split(','))
                {
                    _mounts[option] = new CgroupMount(fields[3], fields[4]);
                }
            }
        }
    }

    /// <summary>Null when no hierarchy has the controller.</summary>
    public CgroupMount? Find(string controller) => _mounts.GetValueOrDefault(controller);

    /// <summary>The directory of a group; null when no hierarchy has the controller.</summary>
    public string? DirectoryOf(string controller, string path)
    {
        if (Find(controller) is not { } mount)
        {
            return null;
        }

        // A hierarchy may be mounted from below its top, as inside a container.
        return mount.Target + ($"{path}/".StartsWith($"{mount.Root}/", StringComparison.Ordinal) ? path[mount.Root.Length..] : path);
    }
}

/// <summary>Where a hierarchy is mounted, and from which of its groups on.</summary>
internal sealed class CgroupMount(string root, string target)
{
    public string Root { get; } = root;

    public string Target { get; } = target;
}
