using System.Text;
using Shimd.Protocol;

namespace Shimd.Tests.Architecture.Docs;

/// <summary>The table of methods in docs/protocol.md, made of what the dispatcher binds params with.</summary>
internal static class ProtocolPage
{
    private const string Begin = "<!-- methods: made by ./dev docs, do not edit -->\n";
    private const string End = "<!-- end of methods -->\n";

    /// <summary>The page with its table made anew.</summary>
    public static string WithTable(string page)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        return page[..begin] + Table() + page[end..];
    }

    private static string Table()
    {
        var table = new StringBuilder("| method | params | result | changes something | answers |\n|---|---|---|---|---|\n");
        foreach (MethodInfo method in MethodTable.All)
        {
            IEnumerable<WireMember> parameters = method.Params.Members.Where(member => member.Name != "instance");
            string answers = method.Timing switch
            {
                MethodTiming.InOrder => "in order",
                MethodTiming.WhenDone => "when done",
                _ => "in order, or when done if asked to wait or follow",
            };
            table.Append($"| `{method.Name}` | {string.Join(", ", parameters.Select(Describe))} | {Result(method)} | {(method.Mutates ? "yes" : "")} | {answers} |\n");
        }

        return table.ToString();
    }

    private static string Result(MethodInfo method)
    {
        WireShape result = method.Result;
        string name = result.Name switch
        {
            "Container" or "Process" or "Exit" => result.Name,
            "RawObject" => "OpenRPC",
            _ when result.Members.Count == 0 => "{}",
            _ => string.Join(", ", result.Members.Select(Describe)),
        };
        return method.ProcessResult is null ? name : $"{name}; with `process` a {method.ProcessResult().Name}";
    }

    private static string Describe(WireMember member) => $"`{member.Name}{(member.Need is WireNeed.Required or WireNeed.OrNull ? "" : "?")}`";
}
