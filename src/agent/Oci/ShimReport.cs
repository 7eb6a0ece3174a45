using System.Text.Json;
using Shimd.Storage;

namespace Shimd.Oci;

/// <summary>
/// What a shim says, once, of the start it was made for: on the ready pipe, and again to whoever asks on the control socket.
/// Exactly one of the members is set.
/// </summary>
internal sealed record ShimReport : IRecord<ShimReport>
{
    /// <summary>The process's pid: it exists, and running.json tells of it.</summary>
    public int? Pid { get; init; }

    /// <summary>The runtime failed; nothing is left of the container.</summary>
    public RuntimeOutcome? Runtime { get; init; }

    /// <summary>The shim itself could not go on.</summary>
    public ShimProblem? Problem { get; init; }

    public static ShimReport Read(RecordReader from) => new()
    {
        Pid = from.IntOrNone("pid"),
        Runtime = from.ObjectOrNone<RuntimeOutcome>("runtime"),
        Problem = from.ObjectOrNone<ShimProblem>("problem"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.NumberIfAny("pid", Pid);
        json.ObjectIfAny("runtime", Runtime);
        json.ObjectIfAny("problem", Problem);
    }
}

/// <summary>Why a shim gave up before or after the runtime's call; <paramref name="Errno"/> by its name.</summary>
internal sealed record ShimProblem(string Message, string? Errno = null) : IRecord<ShimProblem>
{
    public static ShimProblem Read(RecordReader from) => new(from.Text("message"), from.TextOrNone("errno"));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("message", Message);
        json.TextIfAny("errno", Errno);
    }
}
