using Xunit;

namespace Shimd.Tests.Fixtures;

/// <summary>The OCI runtimes that tests run with, for theories over both.</summary>
public static class Runtimes
{
    public static TheoryData<string> Real => ["crun", "runc"];
}
