using System.Text.RegularExpressions;
using Shimd.Protocol;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>docs/protocol.md leaves nothing out: what the source has, the page speaks of.</summary>
public sealed partial class ProtocolPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs/protocol.md"));

    [Fact]
    public void Errors_EveryCode_HasWhenAndWhatToDo()
    {
        // Code, name, when, what to do; a minus as in print.
        string[][] rows = [.. ErrorRow().Matches(s_page).Select(match => match.Groups.Values.Skip(1).Select(group => group.Value.Trim()).ToArray())];

        Assert.Equal(
            ErrorCodeNames.All.ToArray().Select(code => (((int)code).ToString("+#;\u2212#", null).TrimStart('+'), code.ToWireName())),
            rows.Select(row => (row[0], row[1])));
        Assert.All(rows, row => Assert.True(row[2].Length + row[3].Length > 0 && row[3].Length > 0, $"{row[1]}: what to do?"));
    }

    [Fact]
    public void Objects_EveryMember_IsNamed()
    {
        foreach (WireShape shape in (WireShape[])[
            WireShape.Of<ContainerInfo>(), WireShape.Of<ProcessInfo>(), WireShape.Of<ExitInfo>(), WireShape.Of<EventMessage>(), WireShape.Of<ErrorData>(),
            WireShape.Of<StdioParams>(), WireShape.Of<LogParams>(), WireShape.Of<SinceParams>()])
        {
            Assert.All(shape.Members, member => Assert.True(IsNamed(member.Name), $"{shape.Name}.{member.Name} is nowhere in docs/protocol.md"));
        }
    }

    [Fact]
    public void Results_EveryMember_IsNamed()
    {
        foreach (WireShape shape in MethodTable.All.SelectMany(method => WithNested(method.Result)))
        {
            Assert.All(shape.Members, member => Assert.True(IsNamed(member.Name), $"{shape.Name}.{member.Name} is nowhere in docs/protocol.md"));
        }
    }

    [Fact]
    public void Events_EveryType_IsNamed() => Assert.All(
        (string[])[.. EventTypes.Subscribable, EventTypes.State, EventTypes.Synced, EventTypes.Log, EventTypes.Output],
        type => Assert.True(IsNamed(type), $"the event {type} is nowhere in docs/protocol.md"));

    [Fact]
    public void Words_OfFixedLists_AreNamed() => Assert.All(
        (string[])[.. StatusWords.All, ExitSources.Waited, ExitSources.Reparented, ExitSources.PidFd, ExitSources.Lost, LogWords.JsonFile, LogWords.Cri, LogWords.Block, LogWords.Drop],
        word => Assert.True(IsNamed(word), $"{word} is nowhere in docs/protocol.md"));

    private static IEnumerable<WireShape> WithNested(WireShape shape) =>
        [shape, .. shape.Members.Where(member => member.Shape is not null).SelectMany(member => WithNested(member.Shape!))];

    /// <summary>In backquotes, perhaps with a question mark, or quoted in JSON.</summary>
    private static bool IsNamed(string name) => Regex.IsMatch(s_page, $"[`\"](?:data\\.)?{Regex.Escape(name)}\\??[`\"]");

    [GeneratedRegex("^\\| ((?:\u2212)?[0-9]+) \\| ([A-Z_]+) \\|([^|]*)\\|([^|]*)\\|$", RegexOptions.Multiline)]
    private static partial Regex ErrorRow();
}
