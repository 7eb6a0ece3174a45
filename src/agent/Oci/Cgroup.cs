using System.Globalization;
using System.Text;
using System.Text.Json;
using Shimd.Native;

namespace Shimd.Oci;

/// <summary>
/// A container's control group, v1 or v2 (cgroups(7)), found through its process while that lives. Files that a kernel or a
/// controller does not have read as null.
/// </summary>
internal sealed class Cgroup
{
    private const string Unified = CgroupMounts.Unified;
    private const string Members = "cgroup.procs";

    private readonly IReadOnlyDictionary<string, string> _directories;

    private Cgroup(int version, IReadOnlyDictionary<string, string> directories)
    {
        Version = version;
        _directories = directories;
    }

    /// <summary>1 where the memory controller is mounted as version 1, else 2.</summary>
    public int Version { get; }

    /// <summary>The control group of a process; null when it has gone or is in none but the root's.</summary>
    /// <param name="mounts">What <see cref="ReadMounts"/> gave a moment ago, for who asks about many processes at once.</param>
    public static Cgroup? Of(int pid, CgroupMounts? mounts = null)
    {
        SysResult<byte[]> membership = NativeFile.ReadAll($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cgroup");
        return membership.IsOk && (mounts ?? ReadMounts()) is { } known ? In(Encoding.UTF8.GetString(membership.Value!), known) : null;
    }

    /// <summary>Where the hierarchies are mounted now; null where /proc does not tell.</summary>
    public static CgroupMounts? ReadMounts()
    {
        SysResult<byte[]> mounts = NativeFile.ReadAll("/proc/self/mountinfo");
        return mounts.IsOk ? new CgroupMounts(Encoding.UTF8.GetString(mounts.Value!)) : null;
    }

    /// <summary>The control group of a container whose process has ended, and not been reaped: version 1 no longer tells of it, but the
    /// runtime has it in its own state until its delete (crun: status; runc: state.json). Null where that does not say.</summary>
    /// <param name="runtimeState">The container's directory below the runtime's root.</param>
    /// <param name="mounts">Of <see cref="ReadMounts"/>.</param>
    public static Cgroup? OfEnded(string runtimeState, CgroupMounts? mounts)
    {
        try
        {
            if (NativeFile.ReadAll(Path.Combine(runtimeState, "status")).Value is { } status)
            {
                return MessageReader.Of(status).TextOrNone("cgroup-path") is { } path ? At(path, mounts) : null;
            }

            return NativeFile.ReadAll(Path.Combine(runtimeState, "state.json")).Value is { } state
                && MessageReader.Of(state).MemberOrNone("cgroup_paths")?.TextOrNone("memory") is { } directory
                ? new Cgroup(1, new Dictionary<string, string>(StringComparer.Ordinal) { ["memory"] = directory })
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The control group of this path below the top of the hierarchies, whether it is there or not.</summary>
    public static Cgroup? At(string path, CgroupMounts? mounts) => mounts is null ? null : In($"0::{path}\n1:memory:{path}\n", mounts);

    /// <summary>Where one of the groups that a process is in lists its members, and takes new ones; null where no hierarchy is mounted.</summary>
    /// <param name="membership">The text of /proc/PID/cgroup.</param>
    /// <param name="mounts">Of <see cref="ReadMounts"/>.</param>
    public static string? MembersFile(string membership, CgroupMounts mounts)
    {
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            if (mounts.DirectoryOf(fields[1].Split(',')[0], fields[2]) is { } directory)
            {
                return Path.Combine(directory, Members);
            }
        }

        return null;
    }

    /// <summary>The directory of a controller: <c>memory</c>, <c>pids</c>, …; null when it is not mounted.</summary>
    public string? DirectoryOf(string controller)
        => _directories.GetValueOrDefault(Version == 2 ? Unified : controller);

    /// <summary>A file that holds one number; null also for <c>max</c>.</summary>
    public long? ReadNumber(string controller, string file)
        => long.TryParse(ReadText(controller, file)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>A file of lines <c>key value</c>.</summary>
    public IReadOnlyDictionary<string, long> ReadPairs(string controller, string file) => Pairs(ReadText(controller, file));

    /// <summary>The file as it is.</summary>
    public string? ReadText(string controller, string file)
        => DirectoryOf(controller) is { } directory ? TextOf(Path.Combine(directory, file)) : null;

    private static string? TextOf(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? Encoding.ASCII.GetString(read.Value!) : null;
    }

    private static Dictionary<string, long> Pairs(string? text)
    {
        var pairs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string line in (text ?? "").Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && long.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                pairs[line[..space]] = value;
            }
        }

        return pairs;
    }

    /// <summary>Where the kernel counts the processes of the group that its OOM killer has killed.</summary>
    public string? OomFile => DirectoryOf("memory") is { } directory
        ? Path.Combine(directory, Version == 2 ? "memory.events" : "memory.oom_control")
        : null;

    /// <summary>Processes of the group that the OOM killer has killed; null where the kernel does not count (v1 before 4.13).</summary>
    public long? OomKills() => OomKillsIn(OomFile);

    /// <summary>As <see cref="OomKills"/>, of the group whose <see cref="OomFile"/> it is.</summary>
    public static long? OomKillsIn(string? file)
        => file is not null && Pairs(TextOf(file)).TryGetValue("oom_kill", out long count) ? count : null;

    /// <summary>All processes in the group and in the groups below it, in order.</summary>
    public List<int> Pids()
    {
        string? top = Version == 2 ? DirectoryOf(Unified) : DirectoryOf("pids") ?? DirectoryOf("memory") ?? DirectoryOf("freezer");
        var pids = new SortedSet<int>();
        if (top is not null)
        {
            Collect(top, pids);
        }

        return new List<int>(pids);
    }

    /// <summary>From the texts of /proc/PID/cgroup and /proc/self/mountinfo (proc(5)).</summary>
    internal static Cgroup? Parse(string membership, string mountInfo) => In(membership, new CgroupMounts(mountInfo));

    private static Cgroup? In(string membership, CgroupMounts mounts)
    {
        var directories = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            foreach (string controller in fields[1].Split(','))
            {
                if (fields[2] != "/" && mounts.DirectoryOf(controller, fields[2]) is { } directory)
                {
                    directories[controller] = directory;
                }
            }
        }

        int version = mounts.Has("memory") ? 1 : 2;
        return directories.Count == 0 ? null : new Cgroup(version, directories);
    }

    private static void Collect(string directory, SortedSet<int> pids)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(Path.Combine(directory, Members));
        if (!read.IsOk)
        {
            return;
        }

        foreach (string line in Encoding.ASCII.GetString(read.Value!).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            pids.Add(int.Parse(line, CultureInfo.InvariantCulture));
        }

        try
        {
            foreach (string below in Directory.EnumerateDirectories(directory))
            {
                Collect(below, pids);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // The group went meanwhile, and all that were in it.
        }
    }
}
