using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>What people read by hand is in step with the command tree and the log's messages.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Verbs_Table_HasEachAndNoOther()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string table = readme[readme.IndexOf("| verb |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];

        IEnumerable<string> inTable = table.Split('\n').SelectMany(line => VerbName().Matches(line.Split('|')[1])).Select(match => match.Groups[1].Value);

        Assert.Empty(Tree.Commands.Select(verb => verb.Name).Except(inTable));
        Assert.Empty(inTable.Except(Tree.Commands.SelectMany(verb => (IEnumerable<string>)[verb.Name, .. verb.Aliases])));
    }

    [Fact]
    public void ServeOptions_Operations_HasEach()
    {
        string operations = File.ReadAllText(Path.Combine(Repository.Root, "docs/operations.md"));

        Assert.All(Tree.Commands.Single(verb => verb.Name == "serve").Options, option => Assert.Contains($"`{option.Names[0]}", operations, StringComparison.Ordinal));
    }

    [Fact]
    public void LogMessages_Operations_HasEachNumber()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "src/agent/Logging/LogMessages.cs"));
        string operations = File.ReadAllText(Path.Combine(Repository.Root, "docs/operations.md"));

        string[] numbers = [.. MessageNumber().Matches(source).Select(match => match.Groups[1].Value)];

        Assert.NotEmpty(numbers);
        Assert.All(numbers, number => Assert.Matches($@"(?m)^\|[\d, ]*\b{number}\b[\d, ]*\|", operations));
    }

    [GeneratedRegex(@"`([a-z-]+)")]
    private static partial Regex VerbName();

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex MessageNumber();
}
