using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Protocol;

public sealed class MethodTableTests
{
    private static readonly string[] s_contract =
    [
        "hello", "create", "start", "run", "exec", "kill", "stop", "wait", "pause", "resume", "delete", "state", "list", "processes", "pids",
        "stats", "update", "checkpoint", "resize", "closeStdin", "reopenLogs", "logs", "attach", "write", "subscribe", "unsubscribe",
        "explain", "rpc.discover", "bye",
    ];

    [Fact]
    public void All_Names_TheContracts() => Assert.Equal(s_contract.Order(), MethodTable.All.Select(m => m.Name).Order());

    [Fact]
    public void All_Entries_SummaryAndReadableTypes()
    {
        foreach (MethodInfo method in MethodTable.All)
        {
            Assert.EndsWith(".", method.Summary);
            Assert.Distinct(method.Params.Members.Select(m => m.Name));
            Assert.Distinct(method.Result.Members.Select(m => m.Name));
        }
    }

    [Fact]
    public void All_MethodsWithId_TakeInstance()
    {
        foreach (MethodInfo method in MethodTable.All.Where(m => Has(m, "id")))
        {
            Assert.True(Has(method, "instance"), method.Name);
        }
    }

    [Fact]
    public void Mutates_OnlyReaders_False() => Assert.Equal(
        ["bye", "explain", "hello", "list", "logs", "pids", "processes", "rpc.discover", "state", "stats", "subscribe", "unsubscribe", "wait"],
        MethodTable.All.Where(m => !m.Mutates).Select(m => m.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Timing_LongOnes_AsTheContractSays()
    {
        Assert.Equal(["stop", "wait"], MethodTable.All.Where(m => m.Timing == MethodTiming.WhenDone).Select(m => m.Name).Order());
        Assert.Equal(["exec", "logs"], MethodTable.All.Where(m => m.Timing == MethodTiming.WhenAsked).Select(m => m.Name).Order());
    }

    [Theory]
    [InlineData("state")]
    [InlineData("delete")]
    public void ProcessResult_TwoResults_Set(string method) => Assert.True(MethodTable.Find(method)!.ProcessResult!().Has("process"));

    [Theory]
    [InlineData("State")]
    [InlineData("")]
    [InlineData("$/cancelRequest")]
    [InlineData("event")]
    public void Find_Unknown_Null(string name) => Assert.Null(MethodTable.Find(name));

    private static bool Has(MethodInfo method, string member) => method.Params.Has(member);
}
