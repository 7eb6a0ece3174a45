using System.Reflection;
using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>docs/coverage.md names tests that there are.</summary>
public sealed partial class CoverageTests
{
    [Fact]
    public void Coverage_EachTestNamed_IsThere()
    {
        string[] there =
        [
            .. typeof(CoverageTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
                .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
                .Select(method => $"{method.DeclaringType!.Name}.{method.Name}"),
        ];

        string[] named = [.. TestName().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/coverage.md"))).Select(match => match.Groups[1].Value)];

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(there));
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
