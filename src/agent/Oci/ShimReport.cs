using System.Text.Json;

namespace Shimd.Oci;

/// <summary>
/// What a shim says, once, of the start it was made for: on the ready pipe, and again to whoever asks on the control socket.
/// It tells of the process or of one problem; as the answer to something else it may be empty, when that is done.
/// </summary>
internal sealed record ShimReport : IMessage<ShimReport>
{
    /// <summary>The process's pid: it exists, and running.json tells of it.</summary>
    public int? Pid { get; init; }

    /// <summary>As in running.json: who has waited for the start need not read that. 0 and null in later answers.</summary>
    public long StartTicks { get; init; }

    public string? At { get; init; }

    /// <summary>The runtime failed; nothing is left of the container.</summary>
    public RuntimeOutcome? Runtime { get; init; }

    /// <summary>The shim itself could not go on.</summary>
    public ShimProblem? Problem { get; init; }

    public static ShimReport Read(MessageReader from) => new()
    {
        Pid = from.IntOrNone("pid"),
        StartTicks = from.LongOrZero("startTicks"),
        At = from.TextOrNone("at"),
        Runtime = from.ObjectOrNone<RuntimeOutcome>("runtime"),
        Problem = from.ObjectOrNone<ShimProblem>("problem"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.NumberIfAny("pid", Pid);
        if (At is not null)
        {
            json.WriteNumber("startTicks", StartTicks);
            json.WriteString("at", At);
        }

        json.ObjectIfAny("runtime", Runtime);
        json.ObjectIfAny("problem", Problem);
    }
}

/// <summary>Why a shim gave up before or after the runtime's call; <paramref name="Errno"/> by its name.</summary>
internal sealed record ShimProblem(string Message, string? Errno = null) : IMessage<ShimProblem>
{
    public static ShimProblem Read(MessageReader from) => new(from.Text("message"), from.TextOrNone("errno"));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("message", Message);
        json.TextIfAny("errno", Errno);
    }
}
