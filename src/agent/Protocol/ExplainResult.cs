namespace Shimd.Protocol;

/// <summary>A container's life, step by step.</summary>
internal sealed record ExplainResult : IWireObject<ExplainResult>
{
    public required string Id { get; init; }

    public required string Instance { get; init; }

    public required string Status { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<ExplainStep> Steps { get; init; }

    /// <summary>Steps are missing at the beginning: forgotten, or more than fit one line.</summary>
    public bool Truncated { get; init; }

    public static ExplainResult Read(WireReader from) => new()
    {
        Id = from.Text("id"),
        Instance = from.Text("instance"),
        Status = from.Text("status"),
        Steps = from.Objects<ExplainStep>("steps"),
        Truncated = from.FlagOrFalse("truncated"),
    };

    public void Write(WireWriter to)
    {
        to.Text("id", Id);
        to.Text("instance", Instance);
        to.Text("status", Status);
        to.Objects("steps", Steps);
        to.FlagIfSet("truncated", Truncated);
    }
}

internal sealed record ExplainStep : IWireObject<ExplainStep>
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>What was done: <c>create</c>, <c>runtime create</c>, <c>exit</c>.</summary>
    public required string Step { get; init; }

    public string? Process { get; init; }

    /// <summary>Who asked for it; absent for what happened by itself.</summary>
    public ExplainActor? By { get; init; }

    /// <summary>How long it took, in microseconds.</summary>
    public long? TookUsec { get; init; }

    /// <summary>In words.</summary>
    public string? Detail { get; init; }

    public ExplainError? Error { get; init; }

    public static ExplainStep Read(WireReader from) => new()
    {
        Time = from.Time("time"),
        Step = from.Text("step"),
        Process = from.TextOrNone("process"),
        By = from.ObjectOrNone<ExplainActor>("by"),
        TookUsec = from.LongOrNone("tookUsec"),
        Detail = from.TextOrNone("detail"),
        Error = from.ObjectOrNone<ExplainError>("error"),
    };

    public void Write(WireWriter to)
    {
        to.Time("time", Time);
        to.Text("step", Step);
        to.TextIfAny("process", Process);
        to.ObjectIfAny("by", By);
        to.NumberIfAny("tookUsec", TookUsec);
        to.TextIfAny("detail", Detail);
        to.ObjectIfAny("error", Error);
    }
}

/// <summary>The peer of the connection, by SO_PEERCRED.</summary>
internal sealed record ExplainActor : IWireObject<ExplainActor>
{
    public required int Pid { get; init; }

    public required long Uid { get; init; }

    public static ExplainActor Read(WireReader from) => new()
    {
        Pid = from.Int("pid"),
        Uid = from.Long("uid"),
    };

    public void Write(WireWriter to)
    {
        to.Number("pid", Pid);
        to.Number("uid", Uid);
    }
}

internal sealed record ExplainError : IWireObject<ExplainError>
{
    public required int Code { get; init; }

    /// <summary>The code's frozen name.</summary>
    public required string Name { get; init; }

    public required string Message { get; init; }

    public static ExplainError Read(WireReader from) => new()
    {
        Code = from.Int("code"),
        Name = from.Text("name"),
        Message = from.Text("message"),
    };

    public void Write(WireWriter to)
    {
        to.Number("code", Code);
        to.Text("name", Name);
        to.Text("message", Message);
    }
}
