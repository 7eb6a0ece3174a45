namespace Shimd.Protocol;

/// <summary><c>{}</c>.</summary>
internal sealed record EmptyResult : IWireObject<EmptyResult>
{
    public static EmptyResult Instance { get; } = new();

    public static EmptyResult Read(WireReader from) => new();

    public void Write(WireWriter to)
    {
    }
}

internal sealed record ListResult : IWireObject<ListResult>
{
    public required IReadOnlyList<ContainerInfo> Containers { get; init; }

    /// <summary>What <c>after</c> takes for the next page; absent on the last.</summary>
    public string? Next { get; init; }

    public static ListResult Read(WireReader from) => new()
    {
        Containers = from.Objects<ContainerInfo>("containers"),
        Next = from.TextOrNone("next"),
    };

    public void Write(WireWriter to)
    {
        to.Objects("containers", Containers);
        to.TextIfAny("next", Next);
    }
}

internal sealed record ProcessesResult : IWireObject<ProcessesResult>
{
    public required IReadOnlyList<ProcessInfo> Processes { get; init; }

    /// <summary>More than fit one line.</summary>
    public bool Truncated { get; init; }

    public static ProcessesResult Read(WireReader from) => new()
    {
        Processes = from.Objects<ProcessInfo>("processes"),
        Truncated = from.FlagOrFalse("truncated"),
    };

    public void Write(WireWriter to)
    {
        to.Objects("processes", Processes);
        to.FlagIfSet("truncated", Truncated);
    }
}

internal sealed record PidsResult : IWireObject<PidsResult>
{
    /// <summary>In the agent's PID namespace.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    /// <summary>More than fit one line.</summary>
    public bool Truncated { get; init; }

    public static PidsResult Read(WireReader from) => new()
    {
        Pids = from.Ints("pids"),
        Truncated = from.FlagOrFalse("truncated"),
    };

    public void Write(WireWriter to)
    {
        to.Numbers("pids", Pids);
        to.FlagIfSet("truncated", Truncated);
    }
}

internal sealed record LogsResult : IWireObject<LogsResult>
{
    /// <summary>Where reading ended: what <c>from</c> takes to go on; null when there has never been a line.</summary>
    public string? Cursor { get; init; }

    /// <summary>Lines sent.</summary>
    public required long Lines { get; init; }

    public static LogsResult Read(WireReader from) => new()
    {
        Cursor = from.TextOrNone("cursor", WireNeed.OrNull),
        Lines = from.Long("lines"),
    };

    public void Write(WireWriter to)
    {
        to.Text("cursor", Cursor);
        to.Number("lines", Lines);
    }
}

internal sealed record AttachResult : IWireObject<AttachResult>
{
    public required string Id { get; init; }

    public required string Process { get; init; }

    /// <summary>Whether the process has a terminal: one stream, and the client's own terminal should go raw.</summary>
    public required bool Terminal { get; init; }

    public static AttachResult Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Process = from.Text("process"),
        Terminal = from.Flag("terminal"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.Text("process", Process);
        to.Flag("terminal", Terminal);
    }
}

internal sealed record SubscribeResult : IWireObject<SubscribeResult>
{
    public required long Subscription { get; init; }

    public required string Epoch { get; init; }

    /// <summary>The last event before the subscription's first.</summary>
    public required long Seq { get; init; }

    public static SubscribeResult Read(WireReader from) => new()
    {
        Subscription = from.Long("subscription"),
        Epoch = from.Text("epoch"),
        Seq = from.Long("seq"),
    };

    public void Write(WireWriter to)
    {
        to.Number("subscription", Subscription);
        to.Text("epoch", Epoch);
        to.Number("seq", Seq);
    }
}
