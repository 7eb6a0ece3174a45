using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Integration;

/// <summary>What a process does before it is ours. See docs/adr/0013-the-runtime-does-not-look-at-its-control-group.md.</summary>
public sealed class StartTests : IDisposable
{
    private const int MaxCalls = 165;

    private readonly TempDirectory _directory = new();

    private string[] Calls
    {
        get
        {
            string lines = _directory["calls"];
            ChildEnd end = Child.Run(Machine.RequireProgram("strace"), "-f", "-qq", "-o", lines, Machine.Binary, "payload", "exit", "3");
            Assert.SkipUnless(end.Status.Code == 3, $"no process may be traced here: {end.Errors}");
            return File.ReadAllLines(lines);
        }
    }

    [Theory]
    [InlineData("cgroup")]
    [InlineData("mountinfo")]
    [InlineData("memory.stat")]
    [InlineData("/cache/")]
    [InlineData("/node")]
    public void Start_Machine_IsNotMeasured(string name) => Assert.DoesNotContain(Calls, line => line.Contains(name, StringComparison.Ordinal));

    [Fact]
    public void Start_SystemCalls_AreFew() => Assert.InRange(Calls.Length, 1, MaxCalls);

    public void Dispose() => _directory.Dispose();
}
