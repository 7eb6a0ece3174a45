using System.Text.Json;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Vm;

/// <summary>What an agent makes of a state root whose machine lost its power in the midst of everything.</summary>
public sealed class PowerCutTests(PowerCuts cuts) : IClassFixture<PowerCuts>
{
    /// <summary>Else the tests below would show nothing.</summary>
    [Fact]
    public void Load_BeforeTheCuts_HadSomethingToLose() => AssertEach(cut =>
    {
        Assert.NotEmpty(cut.Said("RUNNING"));
        Assert.NotEmpty(cut.Containers);
    });

    [Fact]
    public void Restart_Container_IsNotTakenForAlive() => AssertEach(cut =>
    {
        Assert.All(cut.Containers.Values, container => Assert.Equal("stopped", container.Text("status")));
        Assert.All(cut.Processes, process => Assert.Equal("stopped", process.Text("status")));
    });

    [Fact]
    public void Restart_Exit_IsTheTruthOrLost() => AssertEach(cut => Assert.All(cut.Processes, process =>
    {
        JsonElement exit = process.GetProperty("exit");
        bool isLost = exit.Text("source") == "lost";
        Assert.True(isLost || exit.Text("source") == "waited", $"{process}");
        Assert.Equal(isLost, exit.GetProperty("code").ValueKind == JsonValueKind.Null);
        Assert.True(!isLost || exit.Text("reason").Contains("restarted", StringComparison.Ordinal), $"{process}");
    }));

    [Fact]
    public void Restart_ExitThatWasAnswered_IsStillKnown() => AssertEach(cut => Assert.All(
        cut.Ended().Where(ended => !cut.Said("DELETING").Contains(ended[0])),
        ended =>
        {
            JsonElement exit = Assert.Contains(ended[0], cut.Containers).GetProperty("exit");
            Assert.Equal(ended[1], $"{exit.GetProperty("code")}");
            Assert.Equal("waited", exit.Text("source"));
        }));

    [Fact]
    public void Restart_ContainerThatWasAnswered_IsStillThere()
        => AssertEach(cut => Assert.Empty(cut.Said("RUNNING").Except(cut.Said("DELETING")).Except(cut.Containers.Keys)));

    [Fact]
    public void Restart_Deleted_DoesNotComeBack() => AssertEach(cut => Assert.Empty(cut.Said("DELETED").Intersect(cut.Containers.Keys)));

    [Fact]
    public void Restart_Files_AreNotTorn() => AssertEach(cut =>
    {
        Assert.Empty(cut.Found("QUARANTINE"));
        Assert.DoesNotContain(cut.Found("AGENT"), line => line.Contains("quarantine", StringComparison.Ordinal));
    });

    [Fact]
    public void DeleteForce_AfterRestart_LeavesNothing() => AssertEach(cut =>
    {
        Assert.Empty(cut.Found("UNDELETED"));
        Assert.Empty(cut.Found("LEFT"));
    });

    private void AssertEach(Action<PowerCut> holds) => Assert.All(cuts.Require(), cut =>
    {
        try
        {
            holds(cut);
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            Assert.Fail($"{failure.Message}\n{cut}");
        }
    });
}
