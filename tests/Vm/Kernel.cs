using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>The guest's kernel: Debian's for virtual machines, got once and kept below artifacts/.</summary>
internal static class Kernel
{
    private const int DownloadDeadlineMs = 180_000;

    private static readonly string s_directory = Path.Combine(Repository.Root, "artifacts/vm/kernel");
    private static readonly Lazy<string?> s_problem = new(Get);

    public static string Image => Path.Combine(s_directory, "vmlinuz");

    public static IEnumerable<string> Modules => Directory.EnumerateFiles(Path.Combine(s_directory, "modules"));

    /// <summary>Skips the test where it is not to be had.</summary>
    public static void Require()
    {
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "the virtual machine is an x86-64 one");
        Assert.SkipWhen(s_problem.Value is not null, $"there is no kernel for a virtual machine: {s_problem.Value}");
    }

    /// <summary>Null, or why it is not there.</summary>
    private static string? Get()
    {
        if (File.Exists(Image))
        {
            return null;
        }

        using var log = new TempDirectory();
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd output = NativeFile.OpenAppend(log["log"]).OrThrow("open");
        using Child child = Child.Start(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", Path.Combine(Repository.Root, "tests/Vm/get-kernel.sh"), s_directory],
            Descriptors = [nothing, output, output],
            NewProcessGroup = true,
        });
        if (Ready.Wait(child.PidFd.Fd, timeoutMs: DownloadDeadlineMs) == EpollEvents.None)
        {
            ProcessControl.Kill(-child.Pid, Signal.SIGKILL).OrThrow("kill");
            return $"it did not come within {DownloadDeadlineMs} ms";
        }

        return child.WaitForEnd().Code == 0 ? null : File.ReadAllText(log["log"]).Trim();
    }
}
