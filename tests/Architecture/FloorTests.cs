using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>Each floor sees only what lies below it, and of that only what it is for: see docs/architecture.md.</summary>
public sealed partial class FloorTests
{
    /// <summary>What a floor may see. Whoever adds to a list here changes the architecture.</summary>
    private static readonly Dictionary<string, string[]> s_seen = new()
    {
        ["Native"] = [],
        ["Early"] = ["Native"],
        ["Loop"] = ["Native"],
        ["Storage"] = ["Native"],
        ["Logging"] = ["Native"],
        ["Protocol"] = [],
        ["Oci"] = ["Native", "Loop", "Storage"],
        ["Shim"] = ["Native", "Early", "Loop", "Storage", "Logging", "Oci"],
        ["Supervisor"] = ["Native", "Early", "Loop", "Storage", "Logging", "Protocol", "Oci"],
        ["Server"] = ["Native", "Loop", "Storage", "Logging", "Protocol", "Oci", "Supervisor"],
        ["Cli"] = ["Native", "Storage", "Protocol", "Server"],
        [""] = ["Native", "Early", "Loop", "Storage", "Logging", "Protocol", "Oci", "Shim", "Supervisor", "Server", "Cli"],
    };

    private static readonly string[][] s_floors =
    [
        ["Native"], ["Early", "Loop", "Storage", "Logging"], ["Protocol", "Oci"], ["Shim", "Supervisor"], ["Server"], ["Cli"], [""],
    ];

    [Fact]
    public void Sources_Folders_AreTheFloors()
        => Assert.Equal(s_floors.SelectMany(floor => floor).Order(), Repository.Sources.Select(file => file.Floor).Distinct().Order());

    [Fact]
    public void Seen_Lists_OnlyNameLowerFloors()
    {
        foreach ((string floor, string[] seen) in s_seen)
        {
            Assert.All(seen, other => Assert.True(LevelOf(other) < LevelOf(floor), $"{floor} sees {other}"));
        }
    }

    [Fact]
    public void Sources_References_OnlyThoseAllowed()
    {
        Regex[] names = [Using(), Qualified(), Relative()];
        var violations =
            from file in Repository.Sources
            from line in file.Code.Select((code, index) => (Code: code, Number: index + 1))
            from name in names
            from Match match in name.Matches(line.Code)
            let seen = match.Groups["floor"].Value
            where s_seen.ContainsKey(seen) && seen != file.Floor && !s_seen[file.Floor].Contains(seen)
            select $"{file.Path}:{line.Number}: {file.Floor} must not see {seen}: {line.Code.Trim()}";

        Violations.AssertNone(violations.Distinct());
    }

    [Fact]
    public void Sources_Namespaces_FollowTheFolders()
    {
        var violations =
            from file in Repository.Sources
            let expected = file.Floor.Length == 0 ? "namespace Shimd;" : $"namespace Shimd.{file.Floor};"
            where !file.Code.Contains(expected) && file.Path != "src/agent/Early/RuntimeExportAttribute.cs"
            select $"{file.Path}: is not in {expected}";

        Violations.AssertNone(violations);
    }

    [Theory]
    [InlineData("using Shimd.Server;", "Server")]
    [InlineData("using static Shimd.Native.Signal;", "Native")]
    [InlineData("using Alias = Shimd.Cli.CommandTree;", "Cli")]
    [InlineData("global using Shimd.Loop;", "Loop")]
    [InlineData("    Native.SysResult written = x;", "Native")]
    [InlineData("    => global::Shimd.Server.AgentMain.Run();", "Server")]
    [InlineData("    return Shim.ShimMain.Run();", "Shim")]
    public void Patterns_Reference_IsSeen(string line, string floor)
        => Assert.Contains(floor, new[] { Using(), Qualified(), Relative() }.SelectMany(regex => regex.Matches(line)).Select(match => match.Groups["floor"].Value));

    [Theory]
    [InlineData("    options.Shim.Length")]
    [InlineData("    Shim = options")]
    [InlineData("    ShimMain.Run()")]
    [InlineData("    var supervisor = x;")]
    public void Patterns_OtherUse_IsNot(string line)
        => Assert.DoesNotContain(new[] { Using(), Qualified(), Relative() }, regex => regex.Matches(line).Any(match => s_seen.ContainsKey(match.Groups["floor"].Value)));

    private static int LevelOf(string floor) => Array.FindIndex(s_floors, level => level.Contains(floor));

    [GeneratedRegex(@"\busing\b[^;]*\bShimd\.(?<floor>\w+)")]
    private static partial Regex Using();

    [GeneratedRegex(@"\bShimd\.(?<floor>[A-Z]\w*)\s*\.")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])(?<floor>[A-Z]\w*)\s*\.\s*[A-Z]")]
    private static partial Regex Relative();
}
