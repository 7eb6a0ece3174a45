using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>What runs before the runtime must do without it: see docs/adr/0010-an-idle-shim-rests-without-the-runtime.md.</summary>
public sealed partial class EarlyTests
{
    /// <summary>An attribute for the compiler, which never runs.</summary>
    private const string NeverRuns = "src/agent/Early/RuntimeExportAttribute.cs";

    private static IEnumerable<SourceFile> Files
        => Repository.Sources.Where(file => (file.Floor == "Early" && file.Path != NeverRuns) || IsImports(file));

    private static bool IsImports(SourceFile file) => file.Path.StartsWith("src/Native/EarlyLibc.", StringComparison.Ordinal);

    [Fact]
    public void Sources_RunBeforeTheRuntime_DoWithoutIt()
    {
        var violations =
            from file in Files
            from line in file.Code.Select((code, index) => (Code: code, Number: index + 1))
            where NeedsRuntime().IsMatch(line.Code)
            select $"{file.Path}:{line.Number}: {line.Code.Trim()}";

        Violations.AssertNone(violations);
    }

    [Fact]
    public void Sources_Imports_ChangeNoStateOfTheThread()
    {
        List<string> imports = [.. Repository.Sources.Where(IsImports).SelectMany(file => file.Code)];
        Assert.Equal(imports.Count(line => line.Contains("[LibraryImport(")), imports.Count(line => line.Contains("[SuppressGCTransition]")));
        Assert.DoesNotContain(imports, line => line.Contains("SetLastError"));
    }

    [Theory]
    [InlineData("var list = new List<int>();")]
    [InlineData("throw null;")]
    [InlineData("    private static readonly int s_number;")]
    [InlineData("string name = x;")]
    [InlineData("foreach (int i in list)")]
    [InlineData("Span<int> numbers = [1, 2];")]
    [InlineData("object boxed = 1;")]
    [InlineData("checked(a + b)")]
    [InlineData("Libc.read(fd, buffer, 1);")]
    public void Words_Samples_NeedTheRuntime(string line) => Assert.Matches(NeedsRuntime(), line);

    [GeneratedRegex(@"\bnew\b|\bthrow\b|\breadonly\b|(?<!const )\bstring\b|\bobject\b|\bforeach\b|\basync\b|\btypeof\b|\bclass\b(?!\s+\w+$)|\bchecked\b|= \[|\bs_\w|\bvirtual\b|\binterface\b|(?<!\w)Libc\.[a-z]")]
    private static partial Regex NeedsRuntime();
}
