using System.Globalization;
using System.Text;
using Shimd.Native;

namespace Shimd.Cli;

/// <summary>What <c>shimd doctor</c> looks at.</summary>
internal static class DoctorChecks
{
    private static readonly string[] s_runtimes = ["crun", "runc", "youki"];

    public static IEnumerable<Finding> All(ClientSettings settings) =>
    [
        User(),
        Kernel(ReadText("/proc/sys/kernel/osrelease")),
        Proc(),
        Cgroups(ReadText("/proc/self/mountinfo"), ReadText("/sys/fs/cgroup/cgroup.controllers")),
        .. Runtimes(),
        Criu(),
        UserNamespaces(),
        Terminals(),
        RootFileSystem(),
        StateRoot(settings.Root),
        Agent(settings),
    ];

    internal static Finding Kernel(string release)
    {
        string name = release.Trim();
        string[] parts = name.Split('.', '-', '+');
        int version = parts is [var major, var minor, ..] ? (Number(major) * 1000) + Number(minor) : 0;
        return version switch
        {
            0 => Finding.Warn("kernel", "its version is not known", "mount proc: mount -t proc proc /proc"),
            < 5_003 => Finding.Failed("kernel", $"{name} has no pidfd", "use Linux 5.3 or newer"),
            < 6_015 => Finding.Ok("kernel", $"{name}: pidfd; no exit codes of other's children (6.15), so that an exit whose shim was killed may be lost"),
            _ => Finding.Ok("kernel", $"{name}: pidfd, and exit codes of other's children"),
        };
    }

    /// <summary>From the texts of /proc/self/mountinfo and cgroup.controllers (cgroups(7)).</summary>
    internal static Finding Cgroups(string mountInfo, string controllers)
    {
        List<string> version1 = [];
        string? unified = null;
        foreach (string line in mountInfo.Split('\n'))
        {
            string[] halves = line.Split(" - ", 2);
            if (halves is not [var mount, var source] || mount.Split(' ') is not [_, _, _, _, var target, ..])
            {
                continue;
            }

            unified = source.StartsWith("cgroup2 ", StringComparison.Ordinal) ? target : unified;
            if (source.StartsWith("cgroup ", StringComparison.Ordinal))
            {
                version1.Add(Path.GetFileName(target));
            }
        }

        return (unified, version1) switch
        {
            (null, []) => Finding.Failed("cgroups", "none are mounted", "mount them: mount -t cgroup2 none /sys/fs/cgroup"),
            (null, _) => Finding.Ok("cgroups", $"version 1: {string.Join(' ', version1)}"),
            (_, []) when controllers.Trim().Length == 0
                => Finding.Warn("cgroups", "version 2, without controllers", "no limits and few statistics; boot with cgroup_no_v1=all if version 1 holds them"),
            (_, []) => Finding.Ok("cgroups", $"version 2: {controllers.Trim()}"),
            _ => Finding.Warn(
                "cgroups",
                $"version 1, and version 2 beside it at {unified}: some runtimes (crun) refuse that",
                $"start the agent as: unshare -m sh -c 'mount --make-rprivate / && umount {unified} && exec shimd serve'"),
        };
    }

    private static Finding User() => NativeFile.EffectiveUid() == 0
        ? Finding.Ok("user", "root")
        : Finding.Warn("user", $"uid {NativeFile.EffectiveUid()}", "most runtimes make containers only for root, or in a user namespace");

    private static Finding Proc() => NativeFile.Status("/proc/self/exe") is null
        ? Finding.Failed("proc", "/proc is not mounted", "mount it: mount -t proc proc /proc")
        : Finding.Ok("proc", "mounted");

    private static List<Finding> Runtimes()
    {
        List<Finding> findings = [];
        foreach (string name in s_runtimes)
        {
            if (ProgramPath.Find(name) is { } runtime)
            {
                findings.Add(ProgramVersion.Of(runtime) is { } version
                    ? Finding.Ok("runtime", $"{version}, {runtime}")
                    : Finding.Warn("runtime", $"{runtime} does not tell its version", $"try: {runtime} --version"));
            }
        }

        return findings.Count > 0
            ? findings
            : [Finding.Failed("runtime", "no crun, runc or youki", "install one, or name another: shimd serve --runtime PATH")];
    }

    private static Finding Criu() => ProgramPath.Find("criu") is { } criu
        ? Finding.Ok("criu", ProgramVersion.Of(criu) ?? criu)
        : Finding.Warn("criu", "not found", "for checkpoint and --restore-from only: install it, and a runtime that has it built in");

    private static Finding UserNamespaces() => (NativeFile.Status("/proc/self/ns/user"), ReadText("/proc/sys/user/max_user_namespaces").Trim()) switch
    {
        (null, _) => Finding.Warn("userns", "the kernel has no user namespaces", "bundles with linux.uidMappings will not run"),
        (_, "0") => Finding.Warn("userns", "user namespaces are turned off", "for bundles with linux.uidMappings: sysctl user.max_user_namespaces=10000"),
        _ => Finding.Ok("userns", "user namespaces can be made"),
    };

    private static Finding Terminals() => NativeFile.Status("/dev/pts/ptmx") is null && NativeFile.Status("/dev/ptmx") is null
        ? Finding.Warn("terminals", "there is no /dev/pts", "for exec -t and process.terminal: mount -t devpts devpts /dev/pts")
        : Finding.Ok("terminals", "/dev/pts is there");

    private static Finding RootFileSystem() => !PivotRoot.IsPossible()
        ? Finding.Ok("rootfs", "/ is the initramfs: pivot_root is not possible, --no-pivot is found out by itself")
        : Finding.Ok("rootfs", NativeFile.IsInMemory("/") ? "/ is in memory" : "/ is a file system that can be pivoted from");

    private static Finding StateRoot(string root)
    {
        string existing = root;
        while (NativeFile.Status(existing) is null && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        // Not by permission bits: a read-only mount or a full disk has good ones.
        string probe = Path.Combine(existing, $".shimd-doctor-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        SysResult made = NativeFile.MakeDirectory(probe);
        if (!made.IsOk)
        {
            return Finding.Failed("state", $"cannot write in {existing}: {made.Error.Describe()}", "choose another root with --root");
        }

        Directory.Delete(probe);
        return Finding.Ok("state", NativeFile.IsInMemory(existing)
            ? $"{root} is in memory: fast, and empty after a reboot"
            : $"{root} is on a disk: each exit is synced, and what ran is known after a reboot");
    }

    private static Finding Agent(ClientSettings settings)
    {
        SysResult<AgentClient> connected = AgentClient.TryConnect(settings);
        using AgentClient? client = connected.Value;
        return client is not null
            ? Finding.Ok("agent", $"listens on {settings.Socket}")
            : Finding.Warn("agent", $"not reached on {settings.Socket}: {connected.Error.Describe()}", $"start it with: {settings.ServeCommand}");
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static string ReadText(string path)
    {
        SysResult<byte[]> read = NativeFile.ReadAll(path);
        return read.IsOk ? Encoding.UTF8.GetString(read.Value!) : "";
    }
}
