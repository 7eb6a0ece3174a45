using System.Text.Json;
using Shimd.Oci;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Oci;

public sealed class ProgramLookupTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ProgramLookupTests()
    {
        _directory.WriteExecutable("root/bin/program", "");
        _directory.Write("root/bin/text", "");
        _directory.WriteExecutable("root/opt/other", "");
        _directory.WriteExecutable("outside", "");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("/bin/program", "Present")]
    [InlineData("/bin/none", "Missing")]
    [InlineData("/none/program", "Missing")]
    [InlineData("/bin/text/program", "Missing")]
    [InlineData("/bin/text", "NotExecutable")]
    [InlineData("/bin", "NotExecutable")]
    [InlineData("/../../../../bin/program", "Present")]
    [InlineData("bin/program", "Present")]
    [InlineData("./bin/program", "Present")]
    public void Find_Path_IsLookedUpInTheRoot(string program, string state) => Assert.Equal(state, Find(program));

    [Theory]
    [InlineData("program", "Present")]
    [InlineData("text", "NotExecutable")]
    [InlineData("none", "Missing")]
    [InlineData("other", "Missing")]
    public void Find_NameWithoutPath_IsSearchedInTheDefault(string program, string state) => Assert.Equal(state, Find(program));

    [Theory]
    [InlineData("other", "PATH=/bin:/opt", "Present")]
    [InlineData("program", "PATH=/opt", "Missing")]
    [InlineData("program", "PATH=", "Missing")]
    [InlineData("program", "PATHS=/opt", "Present")]
    [InlineData("text", "PATH=/opt:/bin", "NotExecutable")]
    public void Find_PathOfTheProcess_IsSearched(string program, string path, string state) => Assert.Equal(state, Find(program, path));

    [Fact]
    public void Find_PathGivenTwice_TheLastCounts()
    {
        Assert.Equal("Present", Find("other", "PATH=/bin", "PATH=/opt"));
        Assert.Equal("Missing", Find("other", "PATH=/opt", "PATH=/bin"));
    }

    [Fact]
    public void Find_NotExecutableThenPresent_IsPresent()
    {
        _directory.WriteExecutable("root/opt/text", "");

        Assert.Equal("Present", Find("text", "PATH=/bin:/opt"));
    }

    [Fact]
    public void Find_RelativePath_IsFromTheWorkingDirectory()
    {
        var process = new ProcessSpec(JsonDocument.Parse("""{"args":["./other"],"cwd":"/opt"}""").RootElement);

        Assert.Equal(ProgramState.Present, ProgramLookup.Find(_directory["root"], process));
    }

    [Fact]
    public void Find_Links_AreFollowedInsideTheRootOnly()
    {
        File.CreateSymbolicLink(_directory["root/bin/inside"], "/opt/other");
        File.CreateSymbolicLink(_directory["root/bin/outside"], _directory["outside"]);
        File.CreateSymbolicLink(_directory["root/bin/climbing"], "../../outside");
        File.CreateSymbolicLink(_directory["root/bin/loop"], "loop");

        Assert.Equal("Present", Find("inside"));
        Assert.Equal("Missing", Find("outside"));
        Assert.Equal("Missing", Find("climbing"));
        Assert.Equal("Missing", Find("loop"));
    }

    [Fact]
    public void Find_NoRoot_CannotBeTold()
    {
        var process = new ProcessSpec(JsonDocument.Parse("""{"args":["x"]}""").RootElement);

        Assert.Equal(ProgramState.Present, ProgramLookup.Find(_directory["none"], process));
    }

    private string Find(string program, params string[] environment)
    {
        string json = $$"""{"args":["{{program}}"],"env":[{{string.Join(',', environment.Select(entry => $"\"{entry}\""))}}]}""";
        return ProgramLookup.Find(_directory["root"], new ProcessSpec(JsonDocument.Parse(json).RootElement)).ToString();
    }
}
