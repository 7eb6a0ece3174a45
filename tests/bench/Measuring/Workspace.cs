using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Native;

namespace Shimd.Bench.Measuring;

/// <summary>
/// The directory of a run: <c>disk</c> for what is kept in /var elsewhere, <c>run</c>, a tmpfs, for what is kept in /run; one root file
/// system for all, and bundles. At its end nothing is left of it, nor of what was started in it.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private int _last;

    public Workspace(string binary)
    {
        Binary = binary;
        Root = Directory.CreateTempSubdirectory("shimd-bench-").FullName;
        Prefix = $"sb{Environment.ProcessId}-";
        Directory.CreateDirectory(Disk);
        Directory.CreateDirectory(RunDirectory);
        Command.Run(this, "mount", "-t", "tmpfs", "-o", "mode=755", "shimd-bench", RunDirectory);
        MakeRootFileSystem();
        TrueBundle = Bundle("true", "/bin/true");
        IdleBundle = Bundle("idle", "/bin/sleep", "1000000");
    }

    public string Binary { get; }

    public string Root { get; }

    /// <summary>Begins every container's id, and so every cgroup's name.</summary>
    public string Prefix { get; }

    public string Disk => Path.Combine(Root, "disk");

    public string RunDirectory => Path.Combine(Root, "run");

    public string RootFileSystem => Path.Combine(Root, "rootfs");

    /// <summary>A bundle whose container ends at once.</summary>
    public string TrueBundle { get; }

    /// <summary>A bundle whose container sleeps.</summary>
    public string IdleBundle { get; }

    public string NewId(string word = "c") => $"{Prefix}{word}{++_last}";

    /// <summary>A path in the tmpfs that nobody has had.</summary>
    public string NewFile(string word) => Path.Combine(Directory.Exists(RunDirectory) ? RunDirectory : Root, $"{word}-{++_last}");

    /// <summary>The same on the disk.</summary>
    public string NewDiskFile(string word) => Path.Combine(Disk, $"{word}-{++_last}");

    /// <summary>A bundle for this program; without all that needs a namespace of its own where it is for the fake runtime.</summary>
    public string Bundle(string name, params IReadOnlyList<string> arguments)
    {
        JsonNode config = JsonSerializer.SerializeToNode(new
        {
            ociVersion = "1.0.2",
            process = new { terminal = false, user = new { uid = 0, gid = 0 }, args = arguments, env = new[] { "PATH=/bin" }, cwd = "/" },
            root = new { path = RootFileSystem, @readonly = true },
            mounts = new object[]
            {
                new { destination = "/proc", type = "proc", source = "proc" },
                new { destination = "/dev", type = "tmpfs", source = "tmpfs", options = new[] { "nosuid", "mode=755", "size=64k" } },
            },
            linux = new
            {
                namespaces = new object[] { new { type = "pid" }, new { type = "mount" }, new { type = "ipc" }, new { type = "uts" }, new { type = "network" } },
            },
        })!;
        string path = Path.Combine(Root, "bundles", name);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), config.ToJsonString());
        return path;
    }

    public void Dispose()
    {
        int killed = Command.KillOrphans();
        if (killed > 0)
        {
            Board.Progress($"{killed} processes were left, and are killed");
        }

        foreach (string mount in MountsBelow())
        {
            Command.Run(this, "umount", "-l", mount);
        }

        RemoveCgroups();
        Directory.Delete(Root, recursive: true);
    }

    private void MakeRootFileSystem()
    {
        string busybox = Command.Require("busybox");
        foreach (string directory in (ReadOnlySpan<string>)["bin", "proc", "dev", "sys", "etc", "tmp", "run", "var/tmp"])
        {
            Directory.CreateDirectory(Path.Combine(RootFileSystem, directory));
        }

        Copy(busybox, Path.Combine(RootFileSystem, "bin/busybox"));
        Copy(Binary, Path.Combine(RootFileSystem, "bin/shimd"));
        foreach (string name in (ReadOnlySpan<string>)["true", "sh", "sleep", "dd", "cat"])
        {
            File.CreateSymbolicLink(Path.Combine(RootFileSystem, "bin", name), "busybox");
        }
    }

    private static void Copy(string from, string to)
    {
        File.Copy(from, to);
        File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    private string[] MountsBelow()
        => [.. File.ReadAllLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4])
            .Where(mount => mount.StartsWith(Root + "/", StringComparison.Ordinal)).Reverse()];

    /// <summary>Those of our containers; innermost first. Where a second hierarchy was unmounted, crun leaves plain directories.</summary>
    private void RemoveCgroups()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5, IgnoreInaccessible = true };
        foreach (string path in Directory.EnumerateDirectories("/sys/fs/cgroup", "*", options)
            .Where(path => path.Contains($"/{Prefix}", StringComparison.Ordinal)).OrderByDescending(path => path.Length).ToArray())
        {
            if (!Directory.Exists(path))
            {
                continue;
            }

            try
            {
                Directory.Delete(path, recursive: NativeFile.IsInMemory(path));
            }
            catch (IOException)
            {
                Board.Progress($"the cgroup {path} is left");
            }
        }
    }
}
