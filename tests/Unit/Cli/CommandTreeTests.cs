using System.CommandLine;
using System.Text;
using Shimd.Cli;
using Xunit;

namespace Shimd.Tests.Unit.Cli;

public sealed class CommandTreeTests
{
    public static TheoryData<string> Examples() => [.. CommandTree.Build().Subcommands.Cast<Verb>()
        .SelectMany(verb => verb.Examples).Select(example => example.CommandLine)];

    public static TheoryData<string> Verbs() => [.. CommandTree.Build().Subcommands.Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Parse_ExampleOfHelp_IsValid(string commandLine)
    {
        string[] words = Split(commandLine);
        Assert.Equal("shimd", words[0]);
        Assert.Empty(Parse(words[1..]).Errors);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Build_Verb_TeachesItself(string name)
    {
        var verb = (Verb)CommandTree.Build().Subcommands.Single(verb => verb.Name == name);
        Assert.NotEmpty(verb.Examples);
        Assert.EndsWith(".", verb.Description!, StringComparison.Ordinal);
        Assert.All(verb.Options, option => Assert.False(string.IsNullOrEmpty(option.Description)));
        Assert.All(verb.Arguments, argument => Assert.False(string.IsNullOrEmpty(argument.Description)));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Build_WordIsAVerb_HasThatOneAlone(string name)
        => Assert.Equal(name, Assert.Single(CommandTree.Build(name).Subcommands).Name);

    [Theory]
    [InlineData("--root")]
    [InlineData("rm")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Build_AnyOtherWord_HasAll(string word)
        => Assert.Equal(CommandTree.Build().Subcommands.Select(verb => verb.Name), CommandTree.Build(word).Subcommands.Select(verb => verb.Name));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("run")]
    [InlineData("run a b")]
    [InlineData("ps --format yaml")]
    [InlineData("ps --root=")]
    [InlineData("stop -t ten a")]
    [InlineData("stop -t -1 a")]
    [InlineData("create --stdout nowhere a")]
    [InlineData("create --stdout fifo: a")]
    [InlineData("events --since 12")]
    [InlineData("wait --timeout 86400001 a")]
    [InlineData("exec a")]
    [InlineData("exec --user root a -- ls")]
    [InlineData("exec --user 1:2:3 a -- ls")]
    [InlineData("update --memory lots a")]
    [InlineData("update --cpus 0 a")]
    [InlineData("update --pids 0 a")]
    public void Parse_WrongLine_HasError(string line)
        => Assert.True(Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)) is { Errors.Count: > 0 } or { CommandResult.Parent: null });

    [Theory]
    [InlineData("run --help")]
    [InlineData("stop -t ten -h")]
    public void Parse_HelpOnIncompleteLine_NoError(string line) => Assert.Empty(Parse(line.Split(' ')).Errors);

    [Fact]
    public void Parse_AtSign_IsNoFile()
        => Assert.Empty(Parse(["run", "-d", "--label", "@/etc/passwd", "a"]).Errors);

    [Fact]
    public void Read_Options_WinOverDefaults()
    {
        ClientSettings settings = GlobalOptions.Read(Parse(["ps", "--root", "/r", "--socket", "/s.sock", "--format", "json"]));
        Assert.Equal(new ClientSettings("/r", "/s.sock", true), settings);
        Assert.Equal("shimd serve --root /r --socket /s.sock", settings.ServeCommand);
    }

    [Fact]
    public void WantsJson_LineOtherwiseWrong_IsKnown() => Assert.True(GlobalOptions.WantsJson(Parse(["run", "--format", "json"])));

    private static ParseResult Parse(string[] words)
        => CommandTree.Build(words.FirstOrDefault()).Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>As a shell does it, as far as the examples go.</summary>
    private static string[] Split(string commandLine)
    {
        string line = commandLine.Replace("$(shimd ps -q)", "web", StringComparison.Ordinal);
        List<string> words = [];
        var word = new StringBuilder();
        bool quoted = false;
        foreach (char character in line + " ")
        {
            if (character == '\'')
            {
                quoted = !quoted;
            }
            else if (!quoted && character is '|' or '<' or '>' or '&')
            {
                break;
            }
            else if (!quoted && character == ' ')
            {
                words.AddRange(word.Length > 0 ? [word.ToString()] : []);
                word.Clear();
            }
            else
            {
                word.Append(character);
            }
        }

        return [.. words];
    }
}
