using System.Runtime.InteropServices;
using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>The guest's kernel: Debian's for virtual machines, got once and kept below artifacts/; SHIMD_VM_KERNEL names another.</summary>
internal static class Kernel
{
    private const int DownloadDeadlineMs = 180_000;

    private static readonly Lazy<(string? Image, string Problem)> s_found = new(Find);

    /// <summary>Where it is, or the test is skipped.</summary>
    public static string Require()
    {
        Assert.SkipUnless(RuntimeInformation.OSArchitecture is System.Runtime.InteropServices.Architecture.X64, "the virtual machine is an x86-64 one");
        (string? image, string problem) = s_found.Value;
        Assert.SkipUnless(image is not null, $"there is no kernel for a virtual machine: {problem}");
        return image!;
    }

    private static (string? Image, string Problem) Find()
    {
        if (Environment.GetEnvironmentVariable("SHIMD_VM_KERNEL") is { Length: > 0 } named)
        {
            return (File.Exists(named) ? named : null, $"{named} is no file");
        }

        string directory = Path.Combine(Repository.Root, "artifacts/vm");
        string image = Path.Combine(directory, "vmlinuz");
        if (File.Exists(image))
        {
            return (image, "");
        }

        using var log = new TempDirectory();
        using Fd nothing = NativeFile.OpenNull().OrThrow("open /dev/null");
        using Fd output = NativeFile.OpenAppend(log["log"]).OrThrow("open");
        using Child child = Child.Start(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", Path.Combine(Repository.Root, "tests/Vm/get-kernel.sh"), directory],
            Descriptors = [nothing, output, output],
        });
        bool ended = Ready.Wait(child.PidFd.Fd, timeoutMs: DownloadDeadlineMs) != EpollEvents.None;
        return ended && child.WaitForEnd().Code == 0
            ? (image, "")
            : (null, ended ? File.ReadAllText(log["log"]).Trim() : $"it did not come within {DownloadDeadlineMs} ms");
    }
}
