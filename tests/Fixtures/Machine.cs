using Shimd.Native;
using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>What the machine must have for a test; a test that cannot run here is skipped, with the reason.</summary>
internal static class Machine
{
    private const string Hybrid = "/sys/fs/cgroup/unified";

    /// <summary>The published binary: what SHIMD_BIN names, else what <c>./dev build</c> has left.</summary>
    public static string Binary
    {
        get
        {
            string arch = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
            string path = Environment.GetEnvironmentVariable("SHIMD_BIN") is { Length: > 0 } named
                ? named
                : Path.Combine(Repository.Root, $"out/linux-{arch}/shimd");
            Assert.SkipUnless(File.Exists(path), $"there is no {path}: ./dev build makes it, and SHIMD_BIN names another");
            return Path.GetFullPath(path);
        }
    }

    public static bool IsRoot => NativeFile.EffectiveUid() == 0;

    public static void RequireRoot() => Assert.SkipUnless(IsRoot, "only root can do this");

    /// <summary>That a real container can be started with this runtime.</summary>
    public static void RequireContainers(string runtime)
    {
        RequireRoot();
        Assert.SkipUnless(PathOf(runtime) is not null, $"{runtime} is not installed");
        Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup") && Directory.EnumerateFileSystemEntries("/sys/fs/cgroup").Any(), "there are no cgroups");
        bool isHybrid = !File.Exists("/sys/fs/cgroup/cgroup.controllers") && ProcFs.Mounts.Contains(Hybrid);
        Assert.SkipWhen(isHybrid && runtime == "crun", "crun refuses cgroup v2 beside v1: ./dev test makes a mount namespace without it");
    }

    /// <summary>Where a program is, in PATH or where an init system's PATH may not look; null when it is nowhere.</summary>
    public static string? PathOf(string program)
        => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>That a process may be put ahead of all others, which containers and control groups can forbid.</summary>
    public static void RequireRealTime()
    {
        using Fd nothing = NativeFile.OpenNull().OrThrow("open");
        using Child child = Child.StartCat(nothing, nothing);
        SysResult put = ProcessControl.PutAheadOfItsChildren(child.Pid);
        Assert.SkipUnless(put.Error is Errno.None or Errno.ESRCH, $"no process may be put ahead of others here: {put.Error.Describe()}");
    }

    /// <summary>The path of a program that the test cannot do without.</summary>
    public static string RequireProgram(string program)
    {
        string? path = PathOf(program);
        Assert.SkipUnless(path is not null, $"{program} is not installed");
        return path!;
    }
}
