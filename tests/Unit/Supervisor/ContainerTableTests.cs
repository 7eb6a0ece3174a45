using System.Text;
using Shimd.Protocol;
using Shimd.Storage;
using Shimd.Supervisor;
using Xunit;

namespace Shimd.Tests.Unit.Supervisor;

public sealed class ContainerTableTests
{
    private readonly Container _web = New("web");
    private readonly ContainerTable _table = new();

    public ContainerTableTests() => _table.Add(_web);

    [Fact]
    public void StateAtHand_AskedForBefore_IsWhatWasAnswered()
    {
        Assert.Equal("", AtHand("web"));
        string answered = Encoding.UTF8.GetString(_web.DescribeAsJson());

        Assert.Equal(answered, AtHand("web"));
    }

    /// <summary>What is to be refused is not at hand.</summary>
    [Theory]
    [InlineData("other")]
    [InlineData("webs")]
    [InlineData("we")]
    [InlineData("")]
    [InlineData("größe")]
    [InlineData("WEB")]
    public void StateAtHand_AnotherId_IsNot(string id)
    {
        _ = _web.DescribeAsJson();

        Assert.Equal("", AtHand(id));
    }

    [Fact]
    public void StateAtHand_LongestId_IsFound()
    {
        string id = new('a', Identifier.MaxLength);
        Container longest = New(id);
        _table.Add(longest);
        _ = longest.DescribeAsJson();

        Assert.NotEqual("", AtHand(id));
        Assert.Equal("", AtHand(id + "a"));
    }

    [Fact]
    public void StateAtHand_AnotherRecord_IsMadeAgain()
    {
        _ = _web.DescribeAsJson();
        _web.Settle(_web.Record.In(ContainerPhase.Running), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Equal("", AtHand("web"));
        Assert.Contains("running", Encoding.UTF8.GetString(_web.DescribeAsJson()), StringComparison.Ordinal);
        Assert.Contains("running", AtHand("web"), StringComparison.Ordinal);
    }

    [Fact]
    public void StateAtHand_Leaving_IsNot()
    {
        _ = _web.DescribeAsJson();
        _web.IsLeaving = true;

        Assert.Equal("", AtHand("web"));
    }

    internal static Container New(string id) => new(
        new ContainerRecord
        {
            Id = id,
            Instance = "1",
            Bundle = "/srv/web",
            Runtime = new RuntimeRecord { Name = "crun", Path = "/usr/bin/crun", Root = "/run/shimd/runtime/crun", Arguments = [] },
            Phase = ContainerPhase.Created,
            CreatedAt = Shimd.Tests.Unit.Protocol.Samples.Time,
        },
        new ContainerDirectory("/nowhere"));

    private string AtHand(string id) => Encoding.UTF8.GetString(_table.StateAtHand(Encoding.UTF8.GetBytes(id)));
}
