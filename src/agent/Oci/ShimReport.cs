using System.Text.Json.Serialization;

namespace Shimd.Oci;

/// <summary>
/// What a shim says, once, of the start it was made for: on the ready pipe, and again to whoever asks on the control socket.
/// Exactly one of the members is set.
/// </summary>
internal sealed record ShimReport
{
    /// <summary>The process's pid: it exists, and running.json tells of it.</summary>
    public int? Pid { get; init; }

    /// <summary>The runtime failed; nothing is left of the container.</summary>
    public RuntimeOutcome? Runtime { get; init; }

    /// <summary>The shim itself could not go on.</summary>
    public ShimProblem? Problem { get; init; }
}

/// <summary>Why a shim gave up before or after the runtime's call; <paramref name="Errno"/> by its name.</summary>
internal sealed record ShimProblem(string Message, string? Errno = null);

/// <summary>What the agent says to a shim on its control socket: one JSON line each.</summary>
internal sealed record ControlMessage(ControlVerb Verb, ushort Columns = 0, ushort Rows = 0);

/// <summary>What a shim can be asked.</summary>
[JsonConverter(typeof(ControlVerbConverter))]
internal enum ControlVerb
{
    /// <summary>Answer with the <see cref="ShimReport"/> as soon as there is one.</summary>
    Ready,

    /// <summary>Close our end of the process's stdin.</summary>
    CloseStdin,

    /// <summary>Set the terminal's size to the message's columns and rows.</summary>
    Resize,
}
