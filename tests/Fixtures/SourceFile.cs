using System.Text;

namespace Shimd.Tests.Fixtures;

/// <summary>One file of src/.</summary>
internal sealed class SourceFile(string path, string text)
{
    /// <summary>Relative to the repository.</summary>
    public string Path { get; } = path;

    public IReadOnlyList<string> Lines { get; } = text.TrimEnd('\n').Split('\n');

    /// <summary>The lines with comments and literals blanked, so that only code is left.</summary>
    public IReadOnlyList<string> Code { get; } = Strip(text).TrimEnd('\n').Split('\n');

    /// <summary>The folder below src/ or src/agent/ that a file belongs to; empty for Program.cs.</summary>
    public string Floor { get; } = path.Split('/') switch
    {
        ["src", "agent", var floor, _, ..] => floor,
        ["src", "agent", _] => "",
        ["src", var floor, _, ..] => floor,
        _ => throw new ArgumentException($"{path} belongs to no floor"),
    };

    /// <summary>Replaces comments and the text of literals by nothing; what is interpolated into a string is code, and stays.</summary>
    internal static string Strip(string text)
    {
        var code = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            i = text[i] switch
            {
                '/' when Follows(text, i, "//") => End(text, i, "\n", 0, null),
                '/' when Follows(text, i, "/*") => End(text, i + 2, "*/", 2, code),
                '\'' => EndOfCharacter(text, i),
                '"' => Literal(text, i, code),
                _ => Copy(text, i, code),
            };
        }

        return code.ToString();
    }

    private static int Copy(string text, int i, StringBuilder code)
    {
        code.Append(text[i]);
        return i + 1;
    }

    private static bool Follows(string text, int i, string what) => string.CompareOrdinal(text, i, what, 0, what.Length) == 0;

    private static int End(string text, int from, string what, int skip, StringBuilder? code)
    {
        int end = text.IndexOf(what, from, StringComparison.Ordinal);
        end = end < 0 ? text.Length : end + skip;
        code?.Append('\n', text.AsSpan(from, end - from).Count('\n'));
        return end;
    }

    private static int EndOfCharacter(string text, int i) => text.IndexOf('\'', text[i + 1] == '\\' ? i + 3 : i + 2) + 1;

    private static int Literal(string text, int i, StringBuilder code)
    {
        int quotes = text.AsSpan(i).IndexOfAnyExcept('"') is var count and >= 0 ? count : text.Length - i;
        int dollars = Prefix(code, '$');
        bool verbatim = code.Length > 0 && code[^1] == '@';
        if (quotes == 2)
        {
            return i + 2;
        }

        int end = i + quotes;
        bool raw = quotes >= 3;
        while (!EndsHere(text, end, raw ? quotes : 1))
        {
            if (dollars > 0 && text[end] == '{' && (raw || text[end + 1] != '{'))
            {
                end = Hole(text, end + 1, code);
                continue;
            }

            bool isPair = !raw && ((!verbatim && text[end] == '\\') || (text[end] is '{' or '"' && text[end + 1] == text[end]));
            code.Append('\n', text[end] == '\n' ? 1 : 0);
            end += isPair ? 2 : 1;
        }

        return end + (raw ? quotes : 1);

        bool EndsHere(string within, int at, int length)
            => within.AsSpan(at).StartsWith(new string('"', length)) && (raw || !verbatim || !Follows(within, at, "\"\""));
    }

    private static int Prefix(StringBuilder code, char sign)
    {
        int count = 0;
        for (int i = code.Length - 1; i >= 0 && (code[i] == sign || code[i] == '@'); i--)
        {
            count += code[i] == sign ? 1 : 0;
        }

        return count;
    }

    private static int Hole(string text, int from, StringBuilder code)
    {
        code.Append(' ');
        int depth = 1;
        int i = from;
        while (depth > 0)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            i = text[i] switch
            {
                '"' => Literal(text, i, code),
                '\'' => EndOfCharacter(text, i),
                _ => depth > 0 ? Copy(text, i, code) : i + 1,
            };
        }

        code.Append(' ');
        return i;
    }
}
