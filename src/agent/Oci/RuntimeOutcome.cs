using System.Text.Json;

namespace Shimd.Oci;

/// <summary>What came of one call of the runtime; also what a shim tells the agent of a failed start.</summary>
internal sealed record RuntimeOutcome : IMessage<RuntimeOutcome>
{
    /// <summary>The runtime's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its arguments, without its path.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its exit code, 128 + signal when signalled; null when it could not be started.</summary>
    public int? Exit { get; init; }

    /// <summary>The deadline that it was killed at, in milliseconds.</summary>
    public int? TimedOutAfterMs { get; init; }

    /// <summary>errno's name when the runtime could not be started.</summary>
    public string? Errno { get; init; }

    /// <summary>The runtime's own words, from its log or else its stderr.</summary>
    public string Message { get; init; } = "";

    /// <summary>What it wrote to stdout.</summary>
    public string Output { get; init; } = "";

    public bool Succeeded => Exit == 0 && TimedOutAfterMs is null;

    public static RuntimeOutcome Read(MessageReader from) => new()
    {
        Name = from.Text("name"),
        Arguments = from.Texts("arguments"),
        Exit = from.IntOrNone("exit"),
        TimedOutAfterMs = from.IntOrNone("timedOutAfterMs"),
        Errno = from.TextOrNone("errno"),
        Message = from.TextOrNone("message") ?? "",
        Output = from.TextOrNone("output") ?? "",
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("name", Name);
        json.Texts("arguments", Arguments);
        json.NumberIfAny("exit", Exit);
        json.NumberIfAny("timedOutAfterMs", TimedOutAfterMs);
        json.TextIfAny("errno", Errno);
        json.WriteString("message", Message);
        json.WriteString("output", Output);
    }
}
