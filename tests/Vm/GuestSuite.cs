using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>One boot in which the guest runs all cases of a folder of guest/cases; their results.</summary>
internal sealed partial class GuestSuite
{
    private const int DeadlineMs = 420_000;

    private readonly string _folder;
    private readonly string[] _programs;
    private readonly Lazy<IReadOnlyList<string>> _console;

    /// <param name="folder">Which cases.</param>
    /// <param name="programs">What they need beyond what every guest has.</param>
    public GuestSuite(string folder, params string[] programs)
    {
        _folder = folder;
        _programs = programs;
        _console = new Lazy<IReadOnlyList<string>>(Run);
    }

    /// <summary>That the guest has run the case, and it was as it should be.</summary>
    public void AssertPassed(string name)
    {
        VirtualMachine.Require();
        foreach (string program in _programs)
        {
            _ = Machine.RequireProgram(program);
        }

        IReadOnlyList<string> console = _console.Value;
        string result = console.FirstOrDefault(line => line.StartsWith($"CASE {name} ", StringComparison.Ordinal))
            ?? $"the guest has not come to it; its last words:\n{string.Join('\n', console.TakeLast(40))}";
        Assert.True(
            result == $"CASE {name} PASS",
            $"{result}\n{string.Join('\n', console.Where(line => line.StartsWith($"LOG {name} ", StringComparison.Ordinal)))}");
    }

    /// <summary>That no case which the guest runs is looked at by nobody.</summary>
    /// <param name="fileName">Where the tests are.</param>
    public void AssertEachCaseIsIn(string fileName)
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests/Vm", fileName));
        string[] cases =
        [
            .. Directory.EnumerateFiles(Path.Combine(Guest.Scripts, "cases", _folder), "*.sh")
                .SelectMany(File.ReadAllLines)
                .Select(line => CaseFunction().Match(line).Groups["name"].Value)
                .Where(name => name.Length > 0),
        ];

        Assert.NotEmpty(cases);
        Assert.All(cases, name => Assert.Contains($"AssertPassed(\"{name}\")", source, StringComparison.Ordinal));
    }

    private IReadOnlyList<string> Run()
    {
        using var directory = new TempDirectory();
        Guest.Write(directory["initramfs"], _programs);
        using var machine = VirtualMachine.Boot(directory["initramfs"], $"role=suite cases={_folder}");
        machine.ReadFor(DeadlineMs);
        return machine.Lines;
    }

    [GeneratedRegex(@"^case_(?<name>[a-z0-9_]+)\(\)")]
    private static partial Regex CaseFunction();
}
