using System.CommandLine;

namespace Shimd.Cli;

/// <summary>A command line, and what it does.</summary>
internal sealed record Example(string CommandLine, string Meaning);

/// <summary>A command with the examples that its help shows.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, int> run)
        : base(name, description)
    {
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Option option)
            {
                Options.Add(option);
            }
            else
            {
                Arguments.Add((Argument)symbol);
            }
        }

        SetAction(run);
    }

    public required IReadOnlyList<Example> Examples { get; init; }

    /// <summary>What else one should know; null for nothing.</summary>
    public string? Notes { get; init; }

    public Verb WithAliases(params string[] aliases)
    {
        foreach (string alias in aliases)
        {
            Aliases.Add(alias);
        }

        return this;
    }
}
