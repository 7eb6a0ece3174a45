using System.Text.Json;

namespace Shimd.Oci;

/// <summary>What the agent says to a shim on its control socket, one JSON line each; <paramref name="Verb"/> is a word of
/// <see cref="ControlVerb"/>.</summary>
internal sealed record ControlMessage(string Verb, int Columns = 0, int Rows = 0) : IMessage<ControlMessage>
{
    /// <summary>For <see cref="ControlVerb.Attach"/>: how.</summary>
    public AttachRequest? Attach { get; init; }

    public static ControlMessage Read(MessageReader from)
        => new(from.Word("verb", ControlVerb.All), from.IntOrNone("columns") ?? 0, from.IntOrNone("rows") ?? 0)
        {
            Attach = from.ObjectOrNone<AttachRequest>("attach"),
        };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("verb", Verb);
        json.WriteNumber("columns", Columns);
        json.WriteNumber("rows", Rows);
        json.ObjectIfAny("attach", Attach);
    }
}

/// <summary>How a socket is to be attached to a process's streams.</summary>
internal sealed class AttachRequest : IMessage<AttachRequest>
{
    /// <summary>The longest <see cref="Input"/>, in bytes before they are base64.</summary>
    public const int MaxInputBytes = 64 * 1024;

    /// <summary>Whether it gets stdout, or what a terminal shows.</summary>
    public bool Stdout { get; init; }

    public bool Stderr { get; init; }

    /// <summary>What it brings becomes the process's stdin.</summary>
    public bool Stdin { get; init; }

    /// <summary>The process waits for this client, however slow it is.</summary>
    public bool Block { get; init; }

    /// <summary>Output comes in frames, see <see cref="AttachFrame"/>; else as it is.</summary>
    public bool Framed { get; init; }

    /// <summary>What to send before any output.</summary>
    public string? Reply { get; init; }

    /// <summary>What the client has sent already, in base64.</summary>
    public string? Input { get; init; }

    public static AttachRequest Read(MessageReader from) => new()
    {
        Stdout = from.FlagOrFalse("stdout"),
        Stderr = from.FlagOrFalse("stderr"),
        Stdin = from.FlagOrFalse("stdin"),
        Block = from.FlagOrFalse("block"),
        Framed = from.FlagOrFalse("framed"),
        Reply = from.TextOrNone("reply"),
        Input = from.TextOrNone("input"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteBoolean("stdout", Stdout);
        json.WriteBoolean("stderr", Stderr);
        json.WriteBoolean("stdin", Stdin);
        json.WriteBoolean("block", Block);
        json.WriteBoolean("framed", Framed);
        json.TextIfAny("reply", Reply);
        json.TextIfAny("input", Input);
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

    /// <summary>Attach the socket that comes with the line; answered with a <see cref="ShimReport"/>.</summary>
    public const string Attach = "attach";

    private static readonly string[] s_all = [Ready, CloseStdin, Resize, ReopenLogs, Attach];

    public static ReadOnlySpan<string> All => s_all;
}
