using System.CommandLine;
using Shimd.Cli;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>An option, or an argument, as far as a shell or a reader has to know it.</summary>
/// <param name="Names">The long one first.</param>
/// <param name="Value">What it takes, such as <c>DIR</c> or <c>table|json</c>; null for a flag.</param>
internal sealed record Word(IReadOnlyList<string> Names, string? Value, string Description)
{
    /// <summary>Where the values are words of a fixed list.</summary>
    public IReadOnlyList<string> Choices => Value?.Contains('|', StringComparison.Ordinal) == true && !Value.Any(character => character == '[' || char.IsUpper(character))
        ? Value.Split('|')
        : [];

    public bool IsDirectory => Value is "DIR" or "BUNDLE";

    public bool IsFile => Value is "PATH" or "FILE" || IsDirectory;
}

/// <summary>A verb of the command tree.</summary>
internal sealed record Command(
    string Name, IReadOnlyList<string> Aliases, string Description, IReadOnlyList<Word> Options, IReadOnlyList<string> Arguments, Verb Verb)
{
    public bool TakesContainers => Arguments.Any(argument => argument.Trim('[', ']', '.') == "ID") && Name is not ("create" or "run");
}

/// <summary>The command tree, without what the library that parses it makes of it.</summary>
internal static class Tree
{
    public static Verb Root { get; } = (Verb)CommandTree.Build();

    public static IReadOnlyList<Command> Commands { get; } =
    [
        .. Root.Subcommands.Cast<Verb>().Select(verb => new Command(
            verb.Name,
            [.. verb.Aliases],
            verb.Description!,
            [.. verb.Options.Where(option => !option.Recursive).Select(Describe)],
            [.. verb.Arguments.Select(Describe)],
            verb)),
    ];

    /// <summary>The options of every verb.</summary>
    public static IReadOnlyList<Word> Everywhere { get; } = [.. CommandTree.RecursiveOptions.Select(Describe)];

    private static Word Describe(Option option) =>
        new([option.Name, .. option.Aliases], option.ValueType == typeof(bool) ? null : option.HelpName ?? "VALUE", option.Description!);

    private static string Describe(Argument argument)
    {
        string name = argument.Name + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }
}
