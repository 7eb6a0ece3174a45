using System.CommandLine;
using System.CommandLine.Invocation;

namespace Shimd.Cli;

/// <summary><c>--help</c>: what the library's own help shows, and examples. Also valid on a command line that is otherwise wrong.</summary>
internal sealed class HelpAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        HelpWriter.Write(parseResult.CommandResult.Command);
        return ExitCodes.Ok;
    }
}

/// <summary>Lays out a command's help in 100 columns at most.</summary>
internal static class HelpWriter
{
    private const int Columns = 100;
    private const int MaxFirstColumn = 34;

    public static void Write(Command command)
    {
        bool isRoot = command.Subcommands.Count > 0;
        Paragraph(command.Description!, "");
        StandardOutput.Line("");
        StandardOutput.Line(isRoot ? "Usage: shimd VERB [ARGUMENT…]" : Usage(command));
        if (command.Aliases.Count > 0)
        {
            StandardOutput.Line("Also:  shimd " + string.Join(", shimd ", command.Aliases));
        }

        Sections(command, isRoot);
        if ((command as Verb)?.Notes is { } notes)
        {
            StandardOutput.Line("");
            Paragraph(notes, "");
        }
    }

    private static void Sections(Command command, bool isRoot)
    {
        List<Row> rows = [];
        foreach (Command verb in command.Subcommands)
        {
            rows.Add(new Row(verb.Name, verb.Description!));
        }

        Section("Verbs", rows);
        foreach (Argument argument in command.Arguments)
        {
            rows.Add(new Row(argument.Name, argument.Description!));
        }

        Section("Arguments", rows);
        foreach (Option option in command.Options)
        {
            if (!option.Recursive)
            {
                rows.Add(Describe(option));
            }
        }

        Section("Options", rows);
        foreach (Option option in CommandTree.RecursiveOptions)
        {
            rows.Add(Describe(option));
        }

        Section(isRoot ? "Options of every verb" : "Options of every client", rows);
        foreach (Example example in (command as Verb)?.Examples ?? [])
        {
            rows.Add(new Row(example.CommandLine, example.Meaning));
        }

        Section("Examples", rows);
    }

    private static string Usage(Command command)
    {
        string usage = $"Usage: shimd {command.Name} [OPTION…]";
        foreach (Argument argument in command.Arguments)
        {
            usage += argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}";
            usage += argument.Arity.MaximumNumberOfValues > 1 ? "…" : "";
        }

        return usage;
    }

    private static Row Describe(Option option)
    {
        string value = option.HelpName is { } valueName ? $" {valueName}" : "";
        return new Row(string.Join(", ", [.. option.Aliases, option.Name]) + value, option.Description!);
    }

    /// <summary>Takes the rows, so that the list can be used for the next section.</summary>
    private static void Section(string title, List<Row> rows)
    {
        Row[] all = rows.ToArray();
        rows.Clear();
        if (all.Length == 0)
        {
            return;
        }

        StandardOutput.Line("");
        StandardOutput.Line($"{title}:");
        int width = Width(all);
        string indent = new(' ', width + 4);
        foreach (Row row in all)
        {
            if (row.First.Length > width)
            {
                StandardOutput.Line($"  {row.First}");
                Paragraph(row.Second, indent);
            }
            else
            {
                Paragraph(row.Second, indent, $"  {row.First.PadRight(width)}  ");
            }
        }
    }

    // The widest that still leaves room for the second column; longer ones get a line of their own.
    private static int Width(Row[] rows)
    {
        int width = 4;
        foreach (Row row in rows)
        {
            width = row.First.Length <= MaxFirstColumn ? Math.Max(width, row.First.Length) : width;
        }

        return width;
    }

    private static void Paragraph(string text, string indent, string? firstIndent = null)
    {
        string line = firstIndent ?? indent;
        bool empty = true;
        foreach (string word in text.Split(' '))
        {
            if (!empty && line.Length + 1 + word.Length > Columns)
            {
                StandardOutput.Line(line);
                line = indent;
                empty = true;
            }

            line += empty ? word : $" {word}";
            empty = false;
        }

        StandardOutput.Line(line);
    }

    private sealed record Row(string First, string Second);
}
