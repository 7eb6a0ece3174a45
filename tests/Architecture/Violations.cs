using Xunit;

namespace Shimd.Tests.Architecture;

/// <summary>Where a rule is broken.</summary>
internal static class Violations
{
    /// <summary>Fails with all of them, a line each.</summary>
    public static void AssertNone(IEnumerable<string> violations)
    {
        string all = string.Join('\n', violations);
        Assert.True(all.Length == 0, all);
    }
}
