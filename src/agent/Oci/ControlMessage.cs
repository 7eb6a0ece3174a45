using System.Text.Json;

namespace Shimd.Oci;

/// <summary>What the agent says to a shim on its control socket, one JSON line each; <paramref name="Verb"/> is a word of
/// <see cref="ControlVerb"/>.</summary>
internal sealed record ControlMessage(string Verb, int Columns = 0, int Rows = 0) : IMessage<ControlMessage>
{
    public static ControlMessage Read(MessageReader from)
        => new(from.Word("verb", ControlVerb.All), from.IntOrNone("columns") ?? 0, from.IntOrNone("rows") ?? 0);

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("verb", Verb);
        json.WriteNumber("columns", Columns);
        json.WriteNumber("rows", Rows);
    }
}

/// <summary>What a shim can be asked.</summary>
internal static class ControlVerb
{
    /// <summary>Answer with the <see cref="ShimReport"/> as soon as there is one.</summary>
    public const string Ready = "ready";

    /// <summary>Close our end of the process's stdin.</summary>
    public const string CloseStdin = "closeStdin";

    /// <summary>Set the terminal's size to the message's columns and rows.</summary>
    public const string Resize = "resize";

    /// <summary>Open the log by its name once more, and answer with a <see cref="ShimReport"/>: an empty one, or the problem.</summary>
    public const string ReopenLogs = "reopenLogs";

    private static readonly string[] s_all = [Ready, CloseStdin, Resize, ReopenLogs];

    public static ReadOnlySpan<string> All => s_all;
}
