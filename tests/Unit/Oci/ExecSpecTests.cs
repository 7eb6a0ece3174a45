using System.Text.Json;
using System.Text.Json.Nodes;
using Shimd.Oci;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class ExecSpecTests
{
    private const string Init = """
        {
            "terminal": true, "consoleSize": {"height": 1, "width": 2}, "user": {"uid": 5, "gid": 6, "additionalGids": [7]},
            "args": ["/bin/init"], "env": ["PATH=/bin", "A=1", "B=2"], "cwd": "/home",
            "capabilities": {"bounding": ["CAP_KILL"]}, "rlimits": [], "noNewPrivileges": true, "future": null
        }
        """;

    [Fact]
    public void Build_OnlyArguments_KeepsTheRest() => AssertBuilt(
        new ExecChanges { Arguments = ["ps", "-ef"] },
        """
        {
            "terminal": false, "user": {"uid": 5, "gid": 6, "additionalGids": [7]}, "args": ["ps", "-ef"],
            "env": ["PATH=/bin", "A=1", "B=2"], "cwd": "/home",
            "capabilities": {"bounding": ["CAP_KILL"]}, "rlimits": [], "noNewPrivileges": true, "future": null
        }
        """);

    [Fact]
    public void Build_EverythingChanged_IsTheNew()
    {
        JsonElement built = Build(new ExecChanges
        {
            Arguments = ["sh"],
            Environment = ["A=new", "C=3", "D="],
            WorkingDirectory = "/tmp",
            User = "1000:1001",
            Terminal = true,
        });
        var process = new ProcessSpec(built);

        Assert.Equal(["sh"], process.Arguments);
        Assert.Equal(["PATH=/bin", "B=2", "A=new", "C=3", "D="], process.Environment);
        Assert.Equal("/tmp", process.WorkingDirectory);
        Assert.True(process.Terminal);
        Assert.Equal("""{"uid":1000,"gid":1001}""", built.GetProperty("user").GetRawText());
    }

    [Fact]
    public void Build_UserWithoutGroup_HasGroupZero()
        => Assert.Equal("""{"uid":1000,"gid":0}""", Build(new ExecChanges { Arguments = ["sh"], User = "1000" }).GetProperty("user").GetRawText());

    [Fact]
    public void Build_Built_HasNoMemberTwice()
    {
        string[] names = [.. Build(new ExecChanges { Arguments = ["sh"], User = "1" }).EnumerateObject().Select(member => member.Name)];

        Assert.Equal(names.Length, names.Distinct().Count());
    }

    private static JsonElement Build(ExecChanges changes) => ExecSpec.Build(JsonDocument.Parse(Init).RootElement, changes);

    private static void AssertBuilt(ExecChanges changes, string expected)
        => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(Build(changes).GetRawText())), Build(changes).GetRawText());
}
