using System.Text.RegularExpressions;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>What is made of the command tree is in step with it. <c>./dev docs</c> writes it anew.</summary>
public sealed partial class GeneratedTests
{
    private const string WriteVariable = "SHIMD_WRITE_DOCS";

    public static TheoryData<string> Files => ["completions/shimd.bash", "completions/_shimd", "completions/shimd.fish", "docs/shimd.1", "docs/protocol.md"];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_Generated_IsInStep(string file)
    {
        string path = Path.Combine(Repository.Root, file);
        string text = Path.GetFileName(file) switch
        {
            "shimd.bash" => Completions.Bash(),
            "_shimd" => Completions.Zsh(),
            "shimd.fish" => Completions.Fish(),
            "shimd.1" => ManPage.Text(),
            _ => ProtocolPage.WithTable(File.ReadAllText(path)),
        };
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.True(File.ReadAllText(path) == text, $"{file} is not what the command tree makes of it: ./dev docs writes it anew");
    }

    [Theory]
    [InlineData("shimd ru", "run")]
    [InlineData("shimd run --bun", "--bundle")]
    [InlineData("shimd --format j", "json")]
    [InlineData("shimd --format json ps --stat", "--status")]
    [InlineData("shimd ps --status pau", "paused")]
    [InlineData("shimd ls --lab", "--label")]
    public void Bash_Line_IsCompleted(string line, string expected)
    {
        string bash = Machine.RequireProgram("bash");
        string script = $"set -eu; source '{Repository.Root}/completions/shimd.bash'; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _shimd; echo \"${{COMPREPLY[@]}}\"";

        ChildEnd end = Child.Run(bash, "-c", script);

        Assert.Equal((0, expected + "\n", ""), (end.Status.Code, end.Output, end.Errors));
    }

    [Theory]
    [InlineData("zsh", "completions/_shimd")]
    [InlineData("fish", "completions/shimd.fish")]
    [InlineData("bash", "completions/shimd.bash")]
    public void Script_Shell_ParsesIt(string shell, string file)
    {
        ChildEnd end = Child.Run(Machine.RequireProgram(shell), "-n", Path.Combine(Repository.Root, file));

        Assert.Equal((0, ""), (end.Status.Code, end.Errors));
    }

    [Fact]
    public void Fish_Line_IsCompleted()
    {
        string fish = Machine.RequireProgram("fish");

        ChildEnd end = Child.Run(fish, "--no-config", "-c", $"source '{Repository.Root}/completions/shimd.fish'; complete -C 'shimd run --bun'");

        Assert.StartsWith("--bundle", end.Output, StringComparison.Ordinal);
    }

    /// <summary>What makes letters bold on a terminal.</summary>
    [GeneratedRegex("\\u001b\\[[0-9;]*m|.\\x08")]
    private static partial Regex Plain();

    [Fact]
    public void ManPage_Groff_HasNothingToSay()
    {
        ChildEnd end = Child.Run(Machine.RequireProgram("groff"), "-man", "-Tascii", "-ww", Path.Combine(Repository.Root, "docs/shimd.1"));

        Assert.Equal((0, ""), (end.Status.Code, end.Errors));
        Assert.Contains("checkpoint [OPTION...]", Plain().Replace(end.Output, ""), StringComparison.Ordinal);
    }
}
