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
        Assert.Equal("", AtHand("""{"id":"web"}"""));
        string answered = Encoding.UTF8.GetString(_web.DescribeAsJson());

        Assert.Equal(answered, AtHand("""{"id":"web"}"""));
        Assert.Equal(answered, AtHand("""{ "id" : "web" }"""));
    }

    /// <summary>What is to be made, or refused, is not at hand.</summary>
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"id":"other"}""")]
    [InlineData("""{"id":"webs"}""")]
    [InlineData("""{"id":"we"}""")]
    [InlineData("""{"id":""}""")]
    [InlineData("""{"id":7}""")]
    [InlineData("""{"id":"w\u0065b"}""")]
    [InlineData("""{"id":"größe"}""")]
    [InlineData("""{"ID":"web"}""")]
    [InlineData("""{"id":"web","instance":"1"}""")]
    [InlineData("""{"id":"web","process":null}""")]
    public void StateAtHand_AnythingElse_IsNot(string parameters)
    {
        _ = _web.DescribeAsJson();

        Assert.Equal("", AtHand(parameters));
    }

    [Fact]
    public void StateAtHand_LongestId_IsFound()
    {
        string id = new('a', Identifier.MaxLength);
        Container longest = New(id);
        _table.Add(longest);
        _ = longest.DescribeAsJson();

        Assert.NotEqual("", AtHand($$$"""{"id":"{{{id}}}"}"""));
        Assert.Equal("", AtHand($$$"""{"id":"{{{id}}}a"}"""));
    }

    [Fact]
    public void StateAtHand_AnotherRecord_IsMadeAgain()
    {
        _ = _web.DescribeAsJson();
        _web.Settle(_web.Record.In(ContainerPhase.Running), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Equal("", AtHand("""{"id":"web"}"""));
        Assert.Contains("running", Encoding.UTF8.GetString(_web.DescribeAsJson()), StringComparison.Ordinal);
        Assert.Contains("running", AtHand("""{"id":"web"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void StateAtHand_Leaving_IsNot()
    {
        _ = _web.DescribeAsJson();
        _web.IsLeaving = true;

        Assert.Equal("", AtHand("""{"id":"web"}"""));
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

    private string AtHand(string parameters)
        => Encoding.UTF8.GetString(_table.StateAtHand(JsonMembers.Of(Encoding.UTF8.GetBytes(parameters))));
}
