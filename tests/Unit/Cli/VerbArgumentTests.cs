using Shimd.Cli;
using Shimd.Protocol;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class VerbArgumentTests
{
    private const string Groups = "root:x:0:\nbroken\nops:x:1042:alice,bob\nopsy:x:7:\nbad:x:none:\n";

    [Theory]
    [InlineData("ops", 1042u)]
    [InlineData("root", 0u)]
    [InlineData("op", null)]
    [InlineData("broken", null)]
    [InlineData("bad", null)]
    public void Find_Group_ItsGid(string name, uint? gid) => Assert.Equal(gid, GroupFile.Find(Groups, name));

    [Fact]
    public void Resolve_Number_IsTakenAsItIs() => Assert.Equal(4242u, GroupFile.Resolve("4242"));

    [Fact]
    public void ParseStream_Relative_BecomesAbsolute()
    {
        Assert.Null(CreateOptions.ParseStream(null));
        Assert.Equal(new StdioSpec(StdioKind.Null), CreateOptions.ParseStream("null"));
        Assert.Equal(new StdioSpec(StdioKind.File, Path.GetFullPath("out.txt")), CreateOptions.ParseStream("file:out.txt"));
        Assert.Equal(new StdioSpec(StdioKind.Fifo, "/run/in"), CreateOptions.ParseStream("fifo:/run/../run/in"));
    }

    [Fact]
    public void ParseLabels_Forms_LastOneWins()
    {
        Dictionary<string, string> labels = CreateOptions.ParseLabels(["a=b=c", "flag", "x=1", "x=2"]);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "b=c", ["flag"] = "", ["x"] = "2" }, labels);
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => CreateOptions.ParseLabels(["=v"])).ExitCode);
    }

    [Fact]
    public void ParseSince_EpochWithColon_SplitsAtTheLast()
    {
        Assert.Equal(new SinceParams { Epoch = "a:b", Seq = 12 }, EventsVerb.ParseSince("a:b:12"));
        Assert.Null(EventsVerb.ParseSince("12"));
        Assert.Null(EventsVerb.ParseSince(":12"));
        Assert.Null(EventsVerb.ParseSince("a:-1"));
    }

    [Fact]
    public void ParseSignal_Forms_NameOrNumber()
    {
        Assert.Null(LifecycleVerbs.ParseSignal(null));
        Assert.Equal(new SignalParam("SIGTERM", 0), LifecycleVerbs.ParseSignal("term"));
        Assert.Equal(new SignalParam(null, 9), LifecycleVerbs.ParseSignal("9"));
        Assert.Throws<CliException>(() => LifecycleVerbs.ParseSignal("NONE"));
    }
}
