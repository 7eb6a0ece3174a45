using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>One boot in which the guest runs all its cases; their results.</summary>
public sealed partial class GuestSuite
{
    private const int DeadlineMs = 300_000;

    private readonly Lazy<IReadOnlyList<string>> _console = new(Run);

    /// <summary>The cases that the guest's scripts have.</summary>
    public static IReadOnlyList<string> Cases { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Guest.Scripts, "cases"), "*.sh")
            .SelectMany(File.ReadAllLines)
            .Select(line => CaseFunction().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups["name"].Value),
    ];

    /// <summary>That the guest has run the case, and it was as it should be.</summary>
    public void AssertPassed(string name)
    {
        _ = Kernel.Require();
        _ = Machine.RequireProgram("qemu-system-x86_64");
        IReadOnlyList<string> console = _console.Value;
        string result = console.FirstOrDefault(line => line.StartsWith($"CASE {name} ", StringComparison.Ordinal))
            ?? $"the guest has not come to it; its last words:\n{string.Join('\n', console.TakeLast(40))}";
        Assert.True(
            result == $"CASE {name} PASS",
            $"{result}\n{string.Join('\n', console.Where(line => line.StartsWith($"LOG {name} ", StringComparison.Ordinal)))}");
    }

    private static IReadOnlyList<string> Run()
    {
        using var directory = new TempDirectory();
        Guest.Write(directory["initramfs"]);
        using var machine = VirtualMachine.Boot(Kernel.Require(), directory["initramfs"], "role=suite");
        machine.ReadFor(DeadlineMs);
        return machine.Lines;
    }

    [GeneratedRegex(@"^case_(?<name>[a-z0-9_]+)\(\)")]
    private static partial Regex CaseFunction();
}
