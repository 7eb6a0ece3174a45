namespace Shimd.Protocol;

/// <summary>The <c>data</c> of an error. <see cref="Name"/> is always there; everything else only where it says something.</summary>
internal sealed record ErrorData : IWireObject<ErrorData>
{
    /// <summary>The frozen name of the code, such as <c>NOT_FOUND</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The container's or process's status at the moment of refusal.</summary>
    public string? Status { get; init; }

    /// <summary>What was being attempted: the ACTION of a BAD_STATE message.</summary>
    public string? Action { get; init; }

    /// <summary>A member path inside params (<c>stdio.stdout.fifo</c>), or a path inside a bundle.</summary>
    public string? Path { get; init; }

    /// <summary>The errno's name, such as <c>ENOENT</c>; never a number, numbers differ between architectures.</summary>
    public string? Errno { get; init; }

    /// <summary>The instance that really holds the id.</summary>
    public string? Instance { get; init; }

    public string? Reason { get; init; }

    public RuntimeFailure? Runtime { get; init; }

    /// <summary>HISTORY_GONE: the oldest event still kept.</summary>
    public long? Oldest { get; init; }

    /// <summary>HISTORY_GONE: the newest event.</summary>
    public long? Newest { get; init; }

    /// <summary>HISTORY_GONE: the epoch the numbers belong to.</summary>
    public string? Epoch { get; init; }

    public static ErrorData Read(WireReader from) => new()
    {
        Name = from.Text("name"),
        Status = from.TextOrNone("status"),
        Action = from.TextOrNone("action"),
        Path = from.TextOrNone("path"),
        Errno = from.TextOrNone("errno"),
        Instance = from.TextOrNone("instance"),
        Reason = from.TextOrNone("reason"),
        Runtime = from.ObjectOrNone<RuntimeFailure>("runtime"),
        Oldest = from.LongOrNone("oldest"),
        Newest = from.LongOrNone("newest"),
        Epoch = from.TextOrNone("epoch"),
    };

    public void Write(WireWriter to)
    {
        to.Text("name", Name);
        to.TextIfAny("status", Status);
        to.TextIfAny("action", Action);
        to.TextIfAny("path", Path);
        to.TextIfAny("errno", Errno);
        to.TextIfAny("instance", Instance);
        to.TextIfAny("reason", Reason);
        to.ObjectIfAny("runtime", Runtime);
        to.NumberIfAny("oldest", Oldest);
        to.NumberIfAny("newest", Newest);
        to.TextIfAny("epoch", Epoch);
    }
}

/// <summary>What an OCI runtime said when it failed; passed on, never interpreted.</summary>
internal sealed record RuntimeFailure : IWireObject<RuntimeFailure>
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    /// <summary>The runtime's exit status; absent when it never ran or was killed for taking too long.</summary>
    public int? Exit { get; init; }

    /// <summary>The runtime's own words.</summary>
    public required string Message { get; init; }

    public static RuntimeFailure Read(WireReader from) => new()
    {
        Name = from.Text("name"),
        Args = from.Texts("args"),
        Exit = from.IntOrNone("exit"),
        Message = from.Text("message"),
    };

    public void Write(WireWriter to)
    {
        to.Text("name", Name);
        to.Texts("args", Args);
        to.NumberIfAny("exit", Exit);
        to.Text("message", Message);
    }
}
