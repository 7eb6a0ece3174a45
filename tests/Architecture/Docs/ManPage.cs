using System.Text;
using Shimd.Cli;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>shimd(1), made of the command tree.</summary>
internal static class ManPage
{
    public static string Text()
    {
        var text = new StringBuilder("""
            .\" made by ./dev docs of the command tree; do not edit
            .TH SHIMD 1 "" "shimd" "User Commands"
            .SH NAME
            shimd \- supervise OCI containers
            .SH SYNOPSIS
            .B shimd
            .I VERB
            [\fIARGUMENT\fR...]
            .SH DESCRIPTION
            .B shimd serve
            is an agent that keeps containers; a small shim beside each of their processes outlives it. All other verbs are its client, and speak
            JSON-RPC 2.0, one object a line, on its Unix socket. Containers are started by an OCI runtime: crun, runc or youki.
            .SH OPTIONS OF EVERY VERB

            """);
        AppendOptions(text, Tree.Everywhere);
        text.Append(".SH VERBS\n");
        foreach (Command command in Tree.Commands)
        {
            text.Append($".SS {Escape(command.Name)}\n.B shimd {Escape(command.Name)}\n");
            text.Append(command.Options.Count > 0 ? "[\\fIOPTION\\fR...]\n" : "");
            text.Append(command.Arguments.Count > 0 ? $"{Escape(string.Join(' ', command.Arguments))}\n" : "");
            text.Append($".PP\n{Line(command.Description)}\n");
            text.Append(command.Aliases.Count > 0 ? $"Also: {Escape(string.Join(", ", command.Aliases))}.\n" : "");
            AppendOptions(text, command.Options);
            text.Append(command.Verb.Notes is { } notes ? $".PP\n{Line(notes)}\n" : "");
            foreach (Example example in command.Verb.Examples)
            {
                text.Append($".TP\n.B {Escape(example.CommandLine)}\n{Line(example.Meaning)}\n");
            }
        }

        return text.Append("""
            .SH ENVIRONMENT
            .TP
            .B SHIMD_ROOT
            the agent's state directory, where
            .B \-\-root
            is not given; else /run/shimd
            .TP
            .B SHIMD_SOCKET
            the agent's socket, where
            .B \-\-socket
            is not given; else shimd.sock in the root
            .SH EXIT STATUS
            0 on success; 1 the agent answered with an error; 2 wrong usage; 125 the agent cannot be reached.
            .B run
            and
            .B exec
            exit with the process's code, or 128 and the number of the signal that killed it; 125 when shimd failed, 126 and 127 when the
            program cannot be executed or was not found.
            .SH FILES
            .TP
            .I /run/shimd
            the state root: the socket, the event journal, and a directory for each container
            .SH SEE ALSO
            .BR crun (1),
            .BR runc (8)

            """).ToString();
    }

    private static void AppendOptions(StringBuilder text, IReadOnlyList<Word> options)
    {
        foreach (Word option in options)
        {
            string value = option.Value is null ? "" : $" \\fI{Escape(option.Value)}\\fR";
            text.Append($".TP\n\\fB{Escape(string.Join(", ", option.Names.Reverse()))}\\fR{value}\n{Line(option.Description)}\n");
        }
    }

    /// <summary>A line of its own: a point or an apostrophe at its beginning would be a request.</summary>
    private static string Line(string text) => text[0] is '.' or '\'' ? "\\&" + Escape(text) : Escape(text);

    private static string Escape(string text) => text
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("'", "\\(aq", StringComparison.Ordinal)
        .Replace("\"", "\\(dq", StringComparison.Ordinal)
        .Replace("…", "...", StringComparison.Ordinal);
}
